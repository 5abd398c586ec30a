/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ask.h"

#include "cmd/common.h"
#include "cmd/signed_file.h"
#include "net/control.h"

int ask(json_t **reply, const struct cmd_common *c, json_t *request, struct err *err)
{
	if (c->is_alone)
		json_object_set_new(request, "alone", json_true());
	*reply = NULL;
	int bad = control_or_run(c->store, request, reply, err);
	json_decref(request);
	cmd_notice(json_get_text(*reply, "notice"));
	return bad;
}

static int explain_one(struct store *s, const char *path, struct err *err)
{
	struct signed_file f;
	struct record r = {.source = BUF_INIT};
	int bad =
	    signed_file_read(&f, path, err) || common_record(&r, s, buf_str(&f.record), path, err);
	record_release(&r);
	signed_file_release(&f);
	return bad ? err->code : 0;
}

void ask_explain(const struct cmd_common *c, char **files, int n, struct err *err)
{
	struct store *s;
	struct err why;
	if (common_open(&s, c, &why))
		return;
	for (int i = 0; i < n; i++)
		if (explain_one(s, files[i], &why)) {
			*err = why;
			break;
		}
	store_close(s);
}
