# SPDX-License-Identifier: Apache-2.0
# make          build build/belfry (says which Debian packages are missing)
# make demo     install what is missing, build, show the main job on real content
# make check    install what is missing, build, run every test
# Others: check-web web-tools unit sim asan cover fuzz bench bench-sync bench-site campaign-sync campaign-differential campaign-rules campaign-crash campaign-mutations campaign-edits hosts lint fmt golden install clean

B ?= build
LAYERS ?= base record trust git entry sync store markup site pages search render net cmd
PREFIX ?= /usr/local
PKGS := libgit2 zlib libcmark libsodium libuv yaml-0.1 jansson libutf8proc libzstd libmicrohttpd libcurl libdeflate libbrotlienc
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wcast-qual -Wformat=2 -Wvla -Werror
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(SAN) -Isrc -MMD -MP \
	$(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lstemmer -lpthread
# Of these two, src/net/late.c has the names that they are loaded by.
LATE := -lcurl -lmicrohttpd
soname = $(shell readelf -d $$($(CC) -print-file-name=lib$(1).so) | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
$(B)/src/net/late.o: ALL_CFLAGS += -DLIBCURL='"$(call soname,curl)"' -DLIBMICROHTTPD='"$(call soname,microhttpd)"'

SRC := $(foreach l,$(filter-out cmd,$(LAYERS)),$(wildcard src/$(l)/*.c))
OBJ := $(SRC:%.c=$(B)/%.o) $(B)/asset.o
CMD_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard src/cmd/*.c))
QUICK_OBJ := $(B)/src/quick/main.o $(patsubst %,$(B)/src/cmd/%.o,cmd list publish signed_file)
UNIT := $(foreach l,$(LAYERS),$(patsubst %.c,$(B)/%,$(wildcard tests/unit/$(l)/*.c)))
FUZZ := $(foreach l,$(LAYERS),$(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/$(l)_*.c)))
REPLAY := $(patsubst tests/fuzz/%.c,$(B)/tests/replay/%,$(wildcard tests/fuzz/*_*.c))
TOOLS := $(patsubst %.c,$(B)/%,$(filter-out %/token.c %/clock.c,$(wildcard tests/tools/*.c))) \
	$(B)/tests/tools/token.so $(B)/tests/tools/clock.so
BENCH := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*.c))
ASSETS := $(sort $(wildcard schemas/*.json content/*.md content/*.zstd content/strings/* content/theme/*))

# As many compilers at a time as there are processors, unless this make was told a number.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

.DELETE_ON_ERROR:
.PHONY: all deps need demo check check-build check-web web-tools unit sim asan cover fuzz fuzz-build bench bench-sync bench-site campaign-sync campaign-differential campaign-rules campaign-crash campaign-mutations campaign-edits hosts lint fmt golden dictionary install clean
all: need
	@$(MAKE) --no-print-directory $(PARALLEL) B=$(B) $(B)/belfry

# Debian packages: `need` only says what is missing, `deps` installs it.
need:
	@tools/packages.sh say build
deps:
	@tools/packages.sh install build test

# Two programs: the second has every command, the first is small and asks a running daemon (src/quick).
# It is linked statically: finding two libraries is a third of its time.
$(B)/belfry: $(QUICK_OBJ) $(B)/libbelfry.a $(B)/belfry-core
	@echo "  link    $@"
	@$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) $(if $(SAN),,-static) -o $@ $(QUICK_OBJ) $(B)/libbelfry.a -ljansson

$(B)/belfry-core: $(CMD_OBJ) $(OBJ)
	@echo "  link    $@"
	@$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(filter-out $(LATE),$(LIBS))

$(B)/libbelfry.a: $(OBJ)
	@rm -f $@
	@ar rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc      $<"
	@$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Schemas, theme and words travel inside the binary: base/asset.h hands them out by path.
$(B)/asset.S: tools/embed.sh $(ASSETS)
	@mkdir -p $(@D)
	@tools/embed.sh $(ASSETS) > $@
$(B)/asset.o: $(B)/asset.S $(ASSETS)
	@$(CC) -c -o $@ $<

# A test's own code runs once, and optimizing it takes longer than it saves; not the library's.
$(B)/tests/unit/% $(B)/tests/replay/%: private CFLAGS := $(CFLAGS:-O2=-O0)

$(B)/tests/unit/%: tests/unit/%.c $(B)/libbelfry.a
	@mkdir -p $(@D)
	@echo "  test    $<"
	@$(CC) $(ALL_CFLAGS) -MF $@.d -o $@ $< $(B)/libbelfry.a $(LIBS) -lcmocka

$(B)/tests/fuzz/%: tests/fuzz/%.c $(B)/libbelfry.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MF $@.d -fsanitize=fuzzer -o $@ $< $(B)/libbelfry.a $(LIBS) -lcmocka

# What commands read needs the commands, but their main().
$(B)/tests/fuzz/cmd_%: tests/fuzz/cmd_%.c $(CMD_OBJ) $(B)/libbelfry.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MF $@.d -fsanitize=fuzzer -o $@ $(filter-out %/main.o,$(filter %.c %.o %.a,$^)) $(LIBS) -lcmocka
$(B)/tests/replay/cmd_%: tests/fuzz/cmd_%.c tests/fuzz/replay.c $(CMD_OBJ) $(B)/libbelfry.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MF $@.d -o $@ $(filter-out %/main.o,$(filter %.c %.o %.a,$^)) $(LIBS) -lcmocka

# The same targets on their seeds alone, with any compiler, for `make check`.
$(B)/tests/replay/%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/libbelfry.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MF $@.d -o $@ $(filter %.c,$^) $(B)/libbelfry.a $(LIBS) -lcmocka

$(B)/tests/bench/%: tests/bench/%.c $(B)/libbelfry.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MF $@.d -o $@ $< $(B)/libbelfry.a $(LIBS)

# What scenarios start beside Belfry.
$(B)/tests/tools/%: tests/tools/%.c $(B)/libbelfry.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MF $@.d -o $@ $< $(B)/libbelfry.a $(LIBS)

# Replication in virtual time: `make sim` runs a campaign, tests/sim/check.sh a short one.
$(B)/tests/sim/sim: $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/*.c)) $(B)/libbelfry.a
	@$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS) -lm
sim: $(B)/tests/sim/sim
	@$< --seeds 2000 --seconds 90
	@$< --scenario gossip --hubs 9 --seeds 100
	@$< --scenario gossip --hubs 209 --seeds 20
	@$< --scenario gossip --hubs 1000 --seeds 10

# Every command on a disk that fails where a test says (--wrap: its main() comes first).
$(B)/tests/tools/failing: tests/tools/failing.c $(CMD_OBJ) $(B)/libbelfry.a
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -MF $@.d -Wl,--wrap=main -o $@ $(filter %.c %.o %.a,$^) $(LIBS)

# A FIDO token in software, which ssh-keygen and ssh-agent load, and a wrong clock: no sanitizer is in those.
$(B)/tests/tools/%.so: tests/tools/%.c
	@mkdir -p $(@D)
	@$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -fPIC -shared -o $@ $< -Wl,--as-needed -lsodium

# What we accept, ssh-keygen and git must accept: SEED chooses the cases.
$(B)/tests/differential/differential: $(patsubst %.c,$(B)/%.o,$(wildcard tests/differential/*.c)) $(B)/libbelfry.a
	@$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS)
campaign-differential: $(B)/tests/differential/differential
	@$< --cases 10000 --seed $${SEED:-$$(date +%s)}

# The rules of docs/format.md as a model of their own, beside real stores: SEED is the first.
$(B)/tests/rules/rules: $(patsubst %.c,$(B)/%.o,$(wildcard tests/rules/*.c)) $(B)/libbelfry.a
	@$(CC) $(CFLAGS) $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka
campaign-rules: $(B)/tests/rules/rules
	@$< --scenarios 10000 --seed $${SEED:-$$(date +%s)}

# Every point at which a command that writes can be killed, and every call at which the disk can fail.
campaign-crash: all $(B)/tests/tools/failing
	@for t in $(wildcard tests/cli/crash_*.sh); do echo "$$t"; B=$(B) CRASH=all $$t || exit 1; done
	@for a in EIO ENOSPC SHORT; do for t in init roster charter import build erase members; do \
		echo "$$t $$a"; B=$(B) CRASH=all action=$$a least=5 tests/cli/crash_$$t.sh || exit 1; \
	done; done

# Break each check of the policy on purpose: some test must fail.
campaign-mutations: $(B)/belfry $(B)/tests/rules/rules
	@B=$(B) tests/mutate.sh

# Edits by chance, each rendered on top of the last and from nothing: SEED chooses them.
campaign-edits: $(B)/tests/unit/render/edits_test
	@EDITS=$${EDITS:-1000} $<

unit: $(UNIT)
	@B=$(B) tests/run.sh $(UNIT)

demo: deps
	@$(MAKE) --no-print-directory all
	@B=$(B) tools/demo.sh

# What `make check` runs, built.
check-build: $(B)/belfry $(UNIT) $(REPLAY) $(TOOLS) $(B)/tests/bench/proxy $(B)/tests/bench/records \
	$(B)/tests/differential/differential $(B)/tests/rules/rules $(B)/tests/sim/sim
# The longest first, that none is left alone at the end: a browser, what waits for clocks, scenarios, the rest.
UNIT_NET := $(filter $(B)/tests/unit/net/%,$(UNIT))
check: deps
	@$(MAKE) --no-print-directory $(PARALLEL) B=$(B) check-build
	@B=$(B) tests/run.sh tests/web/sample.sh $(UNIT_NET) $(sort $(wildcard tests/cli/*.sh)) tests/net/three-hubs.sh \
		tests/fuzz/replay.sh tests/differential/check.sh tests/rules/check.sh tests/sim/check.sh tests/layers.sh tests/mutations.sh \
		$(filter-out $(UNIT_NET),$(UNIT))

# Every kind of page in a browser, in all languages, widths and colours. MINUTES ends the looking.
check-web: deps web-tools
	@$(MAKE) --no-print-directory B=$(B) $(B)/belfry
	@WEB=all B=$(B) tests/web/sample.sh
# What that takes, and what the sample in `make check` needs.
web-tools:
	@tools/packages.sh install web $(if $(shell command -v npm),,npm) $(if $(shell command -v java),,java)
	@cd tests/web && { npm ls >/dev/null 2>&1 || npm ci --ignore-scripts --no-audit --no-fund >/dev/null; }

asan:
	@$(MAKE) --no-print-directory B=build/asan SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined" \
		CFLAGS="-O1 -g -fno-omit-frame-pointer -Wno-format-truncation" check

# Line coverage of all tests, by folder, and the files below 90 %.
cover:
	@rm -rf build/cover
	@$(MAKE) --no-print-directory B=build/cover SAN=--coverage CFLAGS="-O0 -g -Wno-maybe-uninitialized" check
	@tools/cover.sh build/cover

fuzz:
	@$(MAKE) --no-print-directory B=build/fuzz CC=clang CFLAGS="-O1 -g" \
		SAN="-fsanitize=address,undefined,fuzzer-no-link" fuzz-build
fuzz-build: $(FUZZ)

# Daemons on hosts of their own, joined by slow lines that fail; needs the right to make namespaces.
hosts: deps
	@$(MAKE) --no-print-directory B=$(B) $(B)/belfry
	@B=$(B) tests/run.sh $(sort $(wildcard tests/net/*.sh))

bench: all $(BENCH)
	@B=$(B) tests/bench/run.sh

# The resource centre beside hugo and pagefind. BENCH_ROWS chooses, BENCH_N makes it small.
bench-site: all $(BENCH) $(B)/tests/unit/render/edits_test
	@tools/packages.sh install bench web $(if $(shell command -v npm),,npm) || true
	@B=$(B) tests/bench/site.sh

# Replication beside git, fossil, rsync and syncthing; the campaign takes hours. BENCH_ROWS chooses.
bench-sync: all $(BENCH) $(B)/tests/sim/sim
	@B=$(B) tests/bench/sync.sh
campaign-sync: all $(BENCH) $(B)/tests/sim/sim
	@B=$(B) BENCH_ROWS="$${BENCH_ROWS:-small mirror-10k weak weak-10k thin-1k cut-200 push stick-1k crowd ingest-10k long gossip gossip-1k}" \
		tests/bench/sync.sh

lint:
	@tests/layers.sh
	@shellcheck -x -P SCRIPTDIR -S warning hooks/* tools/*.sh tests/*.sh tests/cli/*.sh tests/net/*.sh
	@clang-tidy --quiet $(SRC) -- $(filter-out -Werror,$(ALL_CFLAGS)) 2>/dev/null | grep -E 'warning|error' || true
fmt:
	@clang-format -i $(wildcard src/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch])

# A new dictionary is a new version: peers must have the same (entry/segment.h). The record that the
# demonstration sends is not in it, so that the bytes it prints are those of a text never seen.
dictionary: $(B)/libbelfry.a
	@$(CC) $(ALL_CFLAGS) -DZDICT_STATIC_LINKING_ONLY -MF $(B)/dictionary.d -o $(B)/dictionary tools/dictionary.c $< $(LIBS)
	@LC_ALL=C $(B)/dictionary $(B)/dictionary.zstd \
		$(sort $(filter-out content/demo/bf-dori/case-study/%,$(wildcard content/demo/*/*/*/*.md)))

golden:
	@GOLDEN=write B=$(B) tests/run.sh $(wildcard tests/cli/*golden*.sh)

$(B)/belfry.1: tools/man.sh $(B)/belfry
	@tools/man.sh $(B)/belfry > $@

install: all $(B)/belfry.1
	install -Dm755 $(B)/belfry $(DESTDIR)$(PREFIX)/bin/belfry
	install -Dm755 $(B)/belfry-core $(DESTDIR)$(PREFIX)/libexec/belfry/belfry-core
	install -Dm755 -t $(DESTDIR)$(PREFIX)/share/belfry/hooks hooks/*
	install -Dm644 $(B)/belfry.1 $(DESTDIR)$(PREFIX)/share/man/man1/belfry.1

clean:
	rm -rf $(B)

-include $(wildcard $(B)/src/*/*.d $(B)/tests/*/*.d $(B)/tests/*/*/*.d)
