#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Natural text for the benchmarks, one paragraph a line, and where it is from:
#   tests/bench/text.sh OUT          English, into OUT
#   tests/bench/text.sh OUT LANG…    each language into OUT.LANG: en fr es ar
# From the Debian Administrator's Handbook (package debian-handbook); with languages also from its
# translations and from LibreOffice's help (packages libreoffice-help-…; there is none in Arabic). All are
# unpacked aside and not installed; where no mirror can be reached, from the licences and Perl manuals on
# this machine, which are English whatever the language.
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
from_help() { # FOLDER
	find "$1" -name '*.html' | LC_ALL=C sort | xargs cat | perl -0777 -ne '
		while (m{<p[^>]*class="paragraph"[^>]*>(.*?)</p>}gs) {
			my $p = $1;
			$p =~ s{<[^>]*>}{}g;
			$p =~ s{&lt;}{<}g; $p =~ s{&gt;}{>}g; $p =~ s{&quot;}{"}g; $p =~ s{&amp;}{&}g;
			$p =~ s{\s+}{ }g; $p =~ s{^ | $}{}g;
			next if length($p) < 120 or $p =~ m{[\[\]`_<>|\\#&*~]|^[^A-Z\xc3]};
			print "$p\n";
		}'
}
latin_only() { LC_ALL=C grep -v "$(printf '[^ -~\302-\303\342\200-\277]')"; }
# In the form that records have (NFC), without invisible characters, and nothing left in English.
translated() { # ENGLISH
	perl -CSD -MUnicode::Normalize -ne '
		BEGIN { open my $f, "<:utf8", shift; while (<$f>) { $english{$_} = 1 } }
		next if $english{$_} or $seen{$_}++;
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

fetch() ( # PACKAGE: its file in $dir
	cd "$dir"
	ls "$1"_*.deb >/dev/null 2>&1 || apt-get download -q "$1" >/dev/null 2>&1
)
unpack() { # PACKAGE PATTERN…
	for deb in "$dir/$1"_*.deb; do :; done
	shift
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir/unpacked" --wildcards "$@"
	source="$source $(basename "$deb" .deb)"
}
english_only() {
	source="Debian package"
	unpack debian-handbook "*/html/en-US/*.html"
	from_handbook "$html/en-US" | latin_only >"$out.part"
	keep "$out.part" "$out"
}
each_language() {
	source="Debian packages"
	unpack debian-handbook "*/html/en-US/*.html" "*/html/fr-FR/*.html" "*/html/es-ES/*.html" "*/html/ar-MA/*.html"
	for package in en-us fr es; do unpack libreoffice-help-$package "*/help/*.html"; done
	from_handbook "$html/en-US" >"$out.english"
	for lang; do
		{
			from_handbook "$html/$lang"-*
			! ls -d "$help/$lang"* >/dev/null 2>&1 || from_help "$help/$lang"*
		} | translated "$([ "$lang" = en ] && echo /dev/null || echo "$out.english")" >"$out.part"
		keep "$out.part" "$out.$lang"
	done
	rm "$out.english"
}

# shellcheck disable=SC2015 # whichever of them fails
if fetch debian-handbook && { [ $# -eq 0 ] || for package in en-us fr es; do fetch libreoffice-help-$package; done; }; then
	html=$dir/unpacked/usr/share/doc/debian-handbook/html
	help=$dir/unpacked/usr/share/libreoffice/help
	mkdir -p "$dir/unpacked"
	if [ $# -eq 0 ]; then english_only; else each_language "$@"; fi
	rm -r "$dir/unpacked"
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
