#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Where each block of entries ends in a file of belfry export (docs/protocol.md, "Files"), a number a line;
# such a block holds one entry: tests/stick-ends.sh FILE
exec perl -0777 -ne '
	my $at = 18 + 32;
	while ($at < length) {
		my ($kind, $len, $shift, $p) = (ord(substr $_, $at, 1), 0, 0, $at + 1);
		for (;;) { my $b = ord(substr $_, $p++, 1); $len |= ($b & 127) << $shift; $shift += 7; last if $b < 128 }
		$at = $p + $len;
		print "$at\n" if $kind == 3;
	}' "$1"
