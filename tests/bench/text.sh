#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Natural text for the benchmarks, one paragraph a line, and where it is from:
#   tests/bench/text.sh OUT          English, into OUT
#   tests/bench/text.sh OUT LANG…    each language into OUT.LANG: en fr es ar
# From the Debian Administrator's Handbook and its translations (package debian-handbook, unpacked aside
# and not installed); where no mirror can be reached, from the licences and Perl manuals on this
# machine, which are English whatever the language.
set -eu
out=$1
shift
dir=$(dirname "$out")
mkdir -p "$dir"
[ ! -s "$out.source" ] || { cat "$out.source"; exit 0; }

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
			print "$p\n";
		}' "$1"/*.html
}
latin_only() { LC_ALL=C grep -v "$(printf '[^ -~\302-\303\342\200-\277]')"; }
# In the form that records have (NFC), without invisible characters, and nothing left in English.
translated() { # ENGLISH
	perl -CSD -MUnicode::Normalize -ne '
		BEGIN { open my $f, "<:utf8", shift; while (<$f>) { $english{$_} = 1 } }
		next if $english{$_};
		s{\p{Zs}+}{ }g;
		$_ = NFC($_);
		print unless m{[\p{Cc}\p{Cf}\p{Co}](?!\z)};' "$1"
}

from_machine() {
	cat /usr/share/common-licenses/* /usr/share/perl/*/pod/*.pod /usr/share/doc/*/README* 2>/dev/null |
		perl -00 -ne '
			s{\s+}{ }g; s{^ | $}{}g;
			print "$_\n" if length($_) >= 120 and m{^[A-Z]} and not m{[^\x20-\x7e]|[\[\]`_<>|\\#&*~=\$]};'
}

keep() { # PART OUT
	lines=$(wc -l <"$1")
	[ "$lines" -ge 200 ] || { echo "text.sh: only $lines paragraphs found" >&2; exit 1; }
	mv "$1" "$2"
}

if (cd "$dir" && { ls debian-handbook_*.deb >/dev/null 2>&1 || apt-get download -q debian-handbook >/dev/null 2>&1; }); then
	for deb in "$dir"/debian-handbook_*.deb; do :; done
	html=$dir/handbook/usr/share/doc/debian-handbook/html
	mkdir -p "$dir/handbook"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir/handbook" --wildcards \
		"*/html/en-US/*.html" "*/html/fr-FR/*.html" "*/html/es-ES/*.html" "*/html/ar-MA/*.html"
	source="Debian package $(basename "$deb" .deb)"
	if [ $# -eq 0 ]; then
		from_handbook "$html/en-US" | latin_only >"$out.part"
		keep "$out.part" "$out"
	fi
	from_handbook "$html/en-US" >"$out.english"
	for lang; do
		if [ "$lang" = en ]; then
			translated /dev/null <"$out.english" >"$out.part"
		else
			from_handbook "$html/$lang"-* | translated "$out.english" >"$out.part"
		fi
		keep "$out.part" "$out.$lang"
	done
	rm -r "$dir/handbook" "$out.english"
else
	source="licences and manuals on this machine, English only (no Debian mirror at hand)"
	from_machine >"$out.all"
	[ $# -gt 0 ] || keep "$out.all" "$out"
	i=0
	for lang; do # other paragraphs for each
		awk -v i=$i -v n=$# 'NR % n == i' "$out.all" >"$out.part"
		keep "$out.part" "$out.$lang"
		i=$((i + 1))
	done
	rm -f "$out.all"
fi
echo "$source" >"$out.source"
cat "$out.source"
