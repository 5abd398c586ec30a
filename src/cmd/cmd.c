/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A service or a timer may have no HOME; / is not where its store is. Not getpwuid(), which would
 * load libraries into a program that has none. */
static const char *home(void)
{
	static char dir[3072];
	const char *set = getenv("HOME");
	if (set && *set)
		return set;
	FILE *users = fopen("/etc/passwd", "re");
	for (const struct passwd *u; !*dir && users && (u = fgetpwent(users));)
		if (u->pw_uid == getuid())
			snprintf(dir, sizeof dir, "%s", u->pw_dir);
	if (users)
		fclose(users);
	return dir;
}

static const char *default_store(void)
{
	static char path[4096];
	const char *set = getenv("BELFRY_STORE"), *xdg = getenv("XDG_DATA_HOME");
	if (set && *set)
		return set;
	if (xdg && *xdg == '/') /* XDG: others are to be passed over */
		snprintf(path, sizeof path, "%s/belfry", xdg);
	else
		snprintf(path, sizeof path, "%s/.local/share/belfry", home());
	return path;
}

static void print_option(const struct cmd_option *o)
{
	char left[64];
	snprintf(
	    left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
	printf("  %-22s %s\n", left, o->help);
}

static void help(
    const struct cmd *self, const struct cmd_option *options, const struct cmd_option *common)
{
	printf("Usage: belfry %s%s%s\n\n%s\n", self->name, *self->args ? " " : "", self->args,
	    self->summary);
	if (self->details)
		printf("\n%s\n", self->details);
	printf("\nOptions:\n");
	for (; options->name; options++)
		print_option(options);
	for (; common->name; common++)
		print_option(common);
}

static const struct cmd_option *find(const struct cmd_option *o, struct str name)
{
	for (; o->name; o++)
		if (str_is(name, o->name))
			return o;
	return NULL;
}

/* A path may be any bytes; all else goes into texts that are UTF-8. */
static bool is_path(const struct cmd_option *o)
{
	static const char *const paths[] = {"FILE", "DIR", "DRAFT", "REQUEST", ".json"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (strstr(o->value, paths[i]))
			return true;
	return false;
}

static bool is_utf8(struct str s)
{
	for (size_t at = 0; at < s.len;)
		if (str_utf8_next(s, &at) < 0)
			return false;
	return true;
}

/* Returns whether the option and its value were good. */
static bool take(const struct cmd *self, const struct cmd_option *o, const char *value)
{
	if (o->kind != OPTION_FLAG && !is_path(o) && !is_utf8(str_from(value))) {
		cmd_usage(
		    self, "--%s is not UTF-8: what encoding does this terminal use?", o->name);
		return false;
	}
	switch (o->kind) {
	case OPTION_FLAG:
		*(bool *)o->to = true;
		return true;
	case OPTION_TEXT:
		*(const char **)o->to = value;
		return true;
	case OPTION_LIST: {
		struct cmd_list *list = o->to;
		if (list->len == sizeof list->items / sizeof *list->items) {
			cmd_usage(self, "--%s is given too often", o->name);
			return false;
		}
		list->items[list->len++] = value;
		return true;
	}
	}
	return false;
}

int cmd_options(const struct cmd *self, const struct cmd_option *options, struct cmd_common *common,
    int argc, char **argv, int *nargs)
{
	bool wants_help = false;
	int kept = 0;
	*common = (struct cmd_common){.store = NULL};
	const struct cmd_option shared[] = {
	    {"store", "DIR", OPTION_TEXT, &common->store, "the store's folder"},
	    {"json", NULL, OPTION_FLAG, &common->json, "print for programs"},
	    {"help", NULL, OPTION_FLAG, &wants_help, "say this"},
	    {0},
	};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			while (++i < argc)
				argv[kept++] = argv[i];
			break;
		}
		if (strcmp(argv[i], "-h") == 0) {
			wants_help = true;
			continue;
		}
		if (strncmp(argv[i], "--", 2) != 0) {
			argv[kept++] = argv[i];
			continue;
		}
		struct str rest = str_from(argv[i] + 2);
		bool has_value = memchr(rest.ptr, '=', rest.len) != NULL;
		struct str name = str_cut(&rest, '=');
		const struct cmd_option *o = find(options, name);
		if (!o)
			o = find(shared, name);
		if (!o)
			return cmd_usage(self, "there is no option --%.*s", STR_FMT(name));
		const char *value = has_value ? rest.ptr : NULL;
		if (o->kind == OPTION_FLAG && has_value)
			return cmd_usage(self, "--%s takes no value", o->name);
		if (o->kind != OPTION_FLAG && !has_value && !(value = argv[++i]))
			return cmd_usage(self, "--%s needs %s", o->name, o->value);
		if (!take(self, o, value))
			return EXIT_USAGE;
	}
	*nargs = kept;
	if (!common->store)
		common->store = default_store();
	if (wants_help) {
		help(self, options, shared);
		return EXIT_DONE;
	}
	return -1;
}

/* Has whoever read our answer gone, as head does once it has enough? */
static bool reader_left(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
	return poll(&p, 1, 0) == 1 && p.revents & POLLERR;
}

int cmd_end(const struct cmd *c, int status)
{
	if ((fflush(stdout) || ferror(stdout)) && status == EXIT_DONE) {
		if (!reader_left())
			fprintf(stderr, "belfry %s: the answer could not be written\n", c->name);
		return EXIT_REFUSED;
	}
	return status;
}

int cmd_run(const struct cmd *c, int argc, char **argv)
{
	return cmd_end(c, c->run(c, argc, argv));
}

int cmd_usage(const struct cmd *self, const char *format, ...)
{
	va_list ap;
	fprintf(stderr, "belfry %s: ", self->name);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\nUsage: belfry %s %s   (belfry %s --help says more)\n", self->name,
	    self->args, self->name);
	return EXIT_USAGE;
}

static void print_plain(FILE *to, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		fputc((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? '?' : c, to);
	}
}

int cmd_fail(const struct cmd *self, const struct err *err)
{
	fprintf(stderr, "belfry %s: ", self->name);
	print_plain(stderr, str_from(err->msg));
	fputc('\n', stderr);
	return err->code == ERR_USAGE ? EXIT_USAGE : EXIT_REFUSED;
}

void cmd_say(const char *format, ...)
{
	char text[2048];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	print_plain(stderr, str_from(text));
	fputc('\n', stderr);
}

void cmd_say_lines(const char *margin, struct str text)
{
	while (text.len) {
		struct str line = str_cut(&text, '\n');
		cmd_say("%s%.*s", margin, STR_FMT(line));
	}
}

struct cmd_word cmd_word(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_@%+=:,./-";
	struct cmd_word w;
	struct buf quoted = BUF_INIT;
	buf_putc(&quoted, '\'');
	for (const char *c = name; *c; c++)
		*c == '\'' ? buf_puts(&quoted, "'\\''") : buf_putc(&quoted, *c);
	buf_putc(&quoted, '\'');
	bool is_plain = *name && !name[strspn(name, plain)];
	snprintf(w.text, sizeof w.text, "%s", is_plain ? name : quoted.ptr);
	buf_release(&quoted);
	return w;
}

void cmd_notice(struct str lines)
{
	static bool is_said;
	while (lines.len && !is_said) {
		struct str line = str_cut(&lines, '\n');
		cmd_say("%.*s", STR_FMT(line));
		is_said = !lines.len;
	}
}

void cmd_print_json(json_t *v)
{
	struct buf b = BUF_INIT;
	json_write(&b, v, 2);
	puts(b.ptr);
	buf_release(&b);
	json_decref(v);
}

void cmd_print_text(struct str s)
{
	print_plain(stdout, s);
}
