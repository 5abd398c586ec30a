#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Print assembler that puts the named files, and a table of them, into the binary (base/asset.h).
set -eu
echo '	.section .rodata'
n=0
for file; do
	printf 'n%d:	.asciz "%s"\nd%d:	.incbin "%s"\ne%d:	.byte 0\n' $n "$file" $n "$file" $n
	n=$((n + 1))
done
printf '	.section .data.rel.ro,"aw"\n	.balign 8\n	.globl belfry_assets\nbelfry_assets:\n'
i=0
while [ $i -lt $n ]; do
	printf '	.quad n%d, d%d, e%d - d%d\n' $i $i $i $i
	i=$((i + 1))
done
printf '	.quad 0, 0, 0\n	.section .note.GNU-stack,"",@progbits\n'
