/* SPDX-License-Identifier: Apache-2.0 */
#include "site/program.h"

#include "markup/markdown.h"

#include <link.h>

/* The linker's own digest of what it made (ld --build-id); source: elf(5), NT_GNU_BUILD_ID. */
static int find_build_id(struct dl_phdr_info *info, size_t size, void *ctx)
{
	struct buf *out = ctx;
	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_NOTE)
			continue;
		const char *at = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
		buf_add(out, str_of(at, info->dlpi_phdr[i].p_memsz));
	}
	return 1; /* the first is the program itself */
}

struct digest program_digest(void)
{
	struct buf notes = BUF_INIT;
	dl_iterate_phdr(find_build_id, &notes);
	buf_puts(&notes, markdown_version());
	struct digest d = digest_of(buf_str(&notes));
	buf_release(&notes);
	return d;
}
