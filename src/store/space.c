/* SPDX-License-Identifier: Apache-2.0 */
#include "store/space.h"

#include "base/file.h"
#include "base/log.h"
#include "git/repo.h"

#include <inttypes.h>

static unsigned shift_of(char unit)
{
	switch (unit | 0x20) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	default:
		return 0;
	}
}

int space_parse_reserve(uint64_t *out, struct str text, struct err *err)
{
	unsigned shift = text.len ? shift_of(text.ptr[text.len - 1]) : 0;
	if (!str_u64(str_sub(text, 0, text.len - (shift != 0)), UINT64_MAX >> 1 >> shift, out))
		return err_set(err, ERR_SYNTAX,
		    "belfry.reserve is '%.*s': it takes a number of bytes, such as 67108864 or 64m",
		    STR_FMT(str_sub(text, 0, 60)));
	*out <<= shift;
	return 0;
}

static uint64_t read_reserve(struct store *s)
{
	struct buf text = BUF_INIT;
	struct err err;
	uint64_t reserve = RESERVE_BYTES;
	if (repo_config(store_rules(s)->repo, "belfry.reserve", &text, &err) == 0 &&
	    space_parse_reserve(&reserve, str_trim(buf_str(&text)), &err)) {
		log_warn("%s; %" PRIu64 " is kept free", err.msg, RESERVE_BYTES);
		reserve = RESERVE_BYTES;
	}
	buf_release(&text);
	return reserve;
}

int store_space(struct store *s, struct space *out, struct err *err)
{
	*out = (struct space){.reserve = read_reserve(s)};
	if (file_room(s->dir, &out->free, err))
		return err->code;
	out->is_short = out->free < out->reserve;
	return 0;
}

int space_check(const struct space *p, const char *dir, struct err *err)
{
	enum { MB = 1000 * 1000 };
	if (!p->is_short)
		return 0;
	return err_set(err, ERR_FULL,
	    "the disk of %.200s is full: %" PRIu64 ".%" PRIu64 " MB are free, and %" PRIu64
	    ".%" PRIu64
	    " MB must stay so (belfry.reserve); nothing new is kept until there is room",
	    dir, p->free / MB, p->free % MB / (MB / 10), p->reserve / MB,
	    p->reserve % MB / (MB / 10));
}

int store_has_room(struct store *s, struct err *err)
{
	struct space p;
	struct err unknown;
	if (store_space(s, &p, &unknown)) {
		log_warn("%s", unknown.msg);
		return 0;
	}
	return space_check(&p, s->dir, err);
}
