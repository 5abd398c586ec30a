#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Natural text for the benchmarks, one paragraph a line: tests/bench/text.sh OUT
# From the Debian Administrator's Handbook (package debian-handbook, unpacked aside and not
# installed); where no mirror can be reached, from the licences and Perl manuals on this machine.
set -eu
out=$1
dir=$(dirname "$out")
mkdir -p "$dir"
[ ! -s "$out" ] || { cat "$out.source"; exit 0; }

# Paragraphs of prose only: what Markdown would take for markup is left out, emphasis is kept.
from_handbook() {
	perl -0777 -ne '
		while (/<div class="para">(.*?)<(?:\/?div|pre|ul|table)\b/gs) {
			my $p = $1;
			$p =~ s{</?em>}{*}g;
			$p =~ s{<[^>]*>}{}g;
			$p =~ s{&lt;}{<}g; $p =~ s{&gt;}{>}g; $p =~ s{&quot;}{"}g; $p =~ s{&amp;}{&}g;
			$p =~ s{\s+}{ }g; $p =~ s{^ | $}{}g;
			next if length($p) < 120 or $p =~ m{[\[\]`_<>|\\#&]} or $p =~ m{\*\*|\* | \*$};
			next if $p =~ m{[^\x20-\x7e\xc2-\xc3\xe2\x80-\xbf]};
			print "$p\n";
		}' "$1"/*.html
}

from_machine() {
	cat /usr/share/common-licenses/* /usr/share/perl/*/pod/*.pod /usr/share/doc/*/README* 2>/dev/null |
		perl -00 -ne '
			s{\s+}{ }g; s{^ | $}{}g;
			print "$_\n" if length($_) >= 120 and m{^[A-Z]} and not m{[^\x20-\x7e]|[\[\]`_<>|\\#&*~=\$]};'
}

if (cd "$dir" && { ls debian-handbook_*.deb >/dev/null 2>&1 || apt-get download -q debian-handbook >/dev/null 2>&1; }); then
	for deb in "$dir"/debian-handbook_*.deb; do :; done
	mkdir -p "$dir/handbook"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir/handbook" --wildcards "*/html/en-US/*.html"
	from_handbook "$dir/handbook/usr/share/doc/debian-handbook/html/en-US" >"$out.part"
	echo "Debian package $(basename "$deb" .deb)" >"$out.source"
	rm -r "$dir/handbook"
else
	from_machine >"$out.part"
	echo "licences and manuals on this machine (no Debian mirror at hand)" >"$out.source"
fi
lines=$(wc -l <"$out.part")
[ "$lines" -ge 200 ] || { echo "text.sh: only $lines paragraphs found" >&2; exit 1; }
mv "$out.part" "$out"
cat "$out.source"
