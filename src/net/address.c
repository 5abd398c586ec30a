/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include "base/buf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

static int refuse(struct str text, struct err *err)
{
	return err_set(err, ERR_SYNTAX,
	    "'%.*s' is no address: write HOST:PORT, for example hub.example.org:%d or "
	    "[2001:db8::1]:%d",
	    STR_FMT(str_sub(text, 0, 200)), DEFAULT_PORT, DEFAULT_PORT);
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
}

int address_parse(struct address *out, struct str text, struct err *err)
{
	struct str host = text, port = STR_EMPTY;
	uint64_t number;
	*out = (struct address){.port = 0};
	size_t colon = text.len;
	while (colon > 0 && text.ptr[colon - 1] != ':')
		colon--;
	if (colon < 2)
		return refuse(text, err);
	host = str_sub(text, 0, colon - 1);
	port = str_sub(text, colon, text.len);
	bool is_bracketed = str_starts(host, STR("[")) && str_ends(host, STR("]"));
	if (is_bracketed)
		host = str_sub(host, 1, host.len - 2);
	else if (memchr(host.ptr, ':', host.len))
		return refuse(text, err);
	if (!host.len || host.len >= sizeof out->host || !str_u64(port, 65535, &number))
		return refuse(text, err);
	for (size_t i = 0; i < host.len; i++)
		if (!is_host_char(host.ptr[i]))
			return refuse(text, err);
	memcpy(out->host, host.ptr, host.len);
	out->port = (uint16_t)number;
	return 0;
}

int address_parse_peer(struct address *out, struct str text, struct err *err)
{
	if (address_parse(out, text, err))
		return err->code;
	if (!out->port)
		return err_set(
		    err, ERR_SYNTAX, "%.*s: the port to dial is 1 to 65535, not 0", STR_FMT(text));
	return 0;
}

void address_text(char out[static ADDRESS_TEXT_BYTES], const struct address *a)
{
	bool is_v6 = strchr(a->host, ':') != NULL;
	snprintf(out, ADDRESS_TEXT_BYTES, is_v6 ? "[%s]:%u" : "%s:%u", a->host, a->port);
}

static uint16_t write_host(char *out, size_t size, const struct sockaddr *a)
{
	char host[INET6_ADDRSTRLEN] = "?";
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	if (a->sa_family == AF_INET6) {
		memcpy(&v6, a, sizeof v6);
		if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
			inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], host, sizeof host);
			snprintf(out, size, "%s", host);
		} else {
			inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
			snprintf(out, size, "[%s]", host);
		}
		return ntohs(v6.sin6_port);
	}
	memcpy(&v4, a, sizeof v4);
	inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
	snprintf(out, size, "%s", host);
	return ntohs(v4.sin_port);
}

void address_from(struct address *out, const struct sockaddr *from, uint16_t port)
{
	char text[ADDRESS_TEXT_BYTES];
	struct sockaddr_in6 v6;
	write_host(text, sizeof text, from);
	struct str host = str_from(text);
	if (str_starts(host, STR("[")))
		host = str_sub(host, 1, host.len - 2);
	*out = (struct address){.port = port};
	if (from->sa_family == AF_INET6)
		memcpy(&v6, from, sizeof v6);
	if (from->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr))
		snprintf(out->host, sizeof out->host, "%.*s%%%u", STR_FMT(host),
		    (unsigned)v6.sin6_scope_id);
	else
		snprintf(out->host, sizeof out->host, "%.*s", STR_FMT(host));
}

void address_write_host(char out[static ADDRESS_TEXT_BYTES], const struct sockaddr *a)
{
	write_host(out, ADDRESS_TEXT_BYTES, a);
}

void address_write(char out[static ADDRESS_TEXT_BYTES], const struct sockaddr *a)
{
	unsigned port = write_host(out, ADDRESS_TEXT_BYTES - 8, a);
	size_t at = strlen(out);
	snprintf(out + at, ADDRESS_TEXT_BYTES - at, ":%u", port);
}

static struct addrinfo *numeric(const char *host)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *found = NULL;
	bool is_local = strcmp(host, "localhost") == 0;
	return getaddrinfo(is_local ? "127.0.0.1" : host, NULL, &hints, &found) ? NULL : found;
}

/* Only an address of this computer can be bound. */
static bool is_ours(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM, 0);
	bool is = fd >= 0 && bind(fd, a->ai_addr, a->ai_addrlen) == 0;
	if (fd >= 0)
		close(fd);
	return is;
}

bool address_leads_to(const struct address *a, const struct address *at)
{
	bool is_any = strcmp(at->host, "0.0.0.0") == 0 || strcmp(at->host, "::") == 0;
	if (a->port != at->port)
		return false;
	if (strcmp(a->host, at->host) == 0)
		return true;
	struct addrinfo *found = numeric(a->host);
	bool is = false;
	if (found && is_any)
		is = is_ours(found);
	else if (found) {
		char text[ADDRESS_TEXT_BYTES];
		struct buf host = BUF_INIT;
		address_write_host(text, found->ai_addr);
		buf_printf(&host, "[%s]", at->host);
		is = strcmp(text, at->host) == 0 || str_is(buf_str(&host), text);
		buf_release(&host);
	}
	if (found)
		freeaddrinfo(found);
	return is;
}

int address_resolve(
    struct addrinfo **out, const struct address *a, bool is_passive, struct err *err)
{
	char port[8];
	struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | (is_passive ? AI_PASSIVE : 0)};
	snprintf(port, sizeof port, "%u", a->port);
	*out = NULL;
	int rc = getaddrinfo(a->host, port, &hints, out);
	if (rc)
		return err_set(err, ERR_IO, "cannot find %s: %s", a->host, gai_strerror(rc));
	return 0;
}
