# ldfi: `make demo` shows it at work, `make test` tests it; both set up what is missing.
#
#   make            build build/ldfi               make install      PREFIX=/usr/local DESTDIR=
#   make manual     its pages, and completion      make uninstall
#   make demo       find a bug, certify a repair   make sanitize     all tests under ASan and UBSan
#   make test       all tests                      make lint         clang-tidy and cppcheck
#   make clean                                     make check-format / make format
#   make bench      measure, write ci/bench/results.md (bench-quick: a minute, to build/bench)
#   make fuzz-smoke   fuzz parsers and programs    make nightly      what takes too long for test
#   make classical    an ldfi to compare with
#
# Variables: CC (gcc or clang), BUILD (build), WERROR=1 (warnings are errors), EXTRA_CFLAGS,
# V=1 (show the commands); NIGHT (a number, the date) chooses the random programs of nightly.

CC       ?= cc
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes $(if $(WERROR),-Werror)
override CFLAGS += -std=c11 -D_GNU_SOURCE $(WARNINGS) -MMD -MP -I$(BUILD) $(EXTRA_CFLAGS)
# Protocols in C find what ldfi/protocol.h declares in the program that loads them.
override LDFLAGS += -pthread -Wl,--export-dynamic-symbol='ldfi_*' \
    -Wl,--export-dynamic-symbol=time $(EXTRA_LDFLAGS)
LDLIBS   := -lsqlite3 -lcjson -lpicosat -lmxml -lpcap -ldl -lm

FOLDERS  := harness harness/dedalus harness/native lineage solver
SOURCES  := $(foreach folder,$(FOLDERS),$(wildcard $(folder)/*.c))
TESTS    := $(filter %_test.c,$(SOURCES))
OBJECTS  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(TESTS),$(SOURCES)))
LIBRARY  := $(filter-out $(BUILD)/harness/main.o,$(OBJECTS))
TEST_BINARIES := $(patsubst %.c,$(BUILD)/tests/%,$(subst /,_,$(TESTS)))

# $(call quietly,WORD) shows a word and the target instead of the command.
quietly = @$(if $(V)$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,echo "  $(1) $@" &&)

.PHONY: all manual uninstall demo test test-run nightly classical sanitize install clean lint lint-deep format check-format
.PHONY: bench bench-quick fuzz fuzz-smoke fuzz-binaries abuse-tools interpreters libraft
.DELETE_ON_ERROR:

HEADER := $(BUILD)/include/ldfi/protocol.h
all: $(BUILD)/ldfi $(BUILD)/check-proof $(HEADER)

# What a protocol in C includes, where ldfi looks for it.
$(HEADER): harness/native/ldfi/protocol.h
	@mkdir -p $(@D)
	@cp $< $@

$(BUILD)/ldfi: $(OBJECTS)
	$(call quietly,link   )$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Checks what `ldfi run --proof` writes; it shares nothing with ldfi.
$(BUILD)/check-proof: $(BUILD)/ci/proof/check.o
	$(call quietly,link   )$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call quietly,compile)$(CC) $(CFLAGS) -c -o $@ $<

# Files as C strings: the database's schema, what completion is in every shell alike, the parts of
# the page that `ldfi report` writes, and what `ldfi new` makes.
$(BUILD)/schema.inc: lineage/schema.sql
$(BUILD)/completion_bash.inc: harness/completion/ldfi.bash
$(BUILD)/completion_zsh.inc: harness/completion/ldfi.zsh
$(BUILD)/page_head.inc: harness/page/head.html
$(BUILD)/page_body.inc: harness/page/body.html
$(BUILD)/page_css.inc: harness/page/page.css
$(BUILD)/page_js.inc: $(BUILD)/page.js
PAGE  := $(patsubst %,$(BUILD)/page_%.inc,head body css js)
NEW   := $(patsubst harness/%,$(BUILD)/%.inc,$(wildcard harness/new/*/*))
$(NEW): $(BUILD)/%.inc: harness/%
TEXTS := $(BUILD)/schema.inc $(BUILD)/completion_bash.inc $(BUILD)/completion_zsh.inc $(PAGE) $(NEW)
$(TEXTS):
	@mkdir -p $(@D)
	@sed 's/\\/\\\\/g; s/"/\\"/g; s/??/?\\?/g; s/.*/"&\\n"/' $< > $@
$(BUILD)/lineage/store.o: $(BUILD)/schema.inc
$(BUILD)/harness/completion_bash.o: $(BUILD)/completion_bash.inc
$(BUILD)/harness/completion_zsh.o: $(BUILD)/completion_zsh.inc
$(BUILD)/harness/starting_point.o: $(NEW)

# The page that `ldfi report` writes: its script in one piece, and the digests of style and script:
# all that a browser may apply and run there (Content-Security-Policy).
$(BUILD)/page.js: $(patsubst %,harness/page/%.js,\
    dom data table overview diagram knowledge lineage run versions main)
	@mkdir -p $(@D)
	@cat $^ > $@
as_digest = $$(sha256sum $(1) | cut -c1-64 | tr a-f A-F | basenc --base16 -d | base64)
$(BUILD)/page_policy.inc: harness/page/page.css $(BUILD)/page.js
	@printf '"%s-src '"'sha256-%s'"'; "\n' style "$(call as_digest,$<)" \
	    script "$(call as_digest,$(BUILD)/page.js)" > $@
$(BUILD)/harness/report_page.o: $(PAGE) $(BUILD)/page_policy.inc

# A digest of the sources, by which results are known as this ldfi's.
$(BUILD)/sources.inc: $(sort $(filter-out $(TESTS),$(SOURCES)) lineage/schema.sql \
    $(foreach folder,$(FOLDERS),$(wildcard $(folder)/*.h)))
	@mkdir -p $(@D)
	@cat $^ | sha256sum | sed 's/^\(.\{32\}\).*/"\1"/' > $@
$(BUILD)/harness/digest.o: $(BUILD)/sources.inc

# A unit test: lineage/fault_test.c becomes build/tests/lineage_fault_test.
define test_rule
$(BUILD)/tests/$(subst /,_,$(patsubst %.c,%,$(1))): $(BUILD)/$(patsubst %.c,%.o,$(1)) $(LIBRARY)
	@mkdir -p $$(@D)
	$$(call quietly,link   )$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ -lcmocka $$(LDLIBS)
endef
$(foreach test,$(TESTS),$(eval $(call test_rule,$(test))))

# The benchmark of the executor.
FIRINGS := $(BUILD)/bench/firings
$(FIRINGS): $(BUILD)/ci/bench/firings.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call quietly,link   )$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# A fuzz target: ci/fuzz/targets/model.c becomes build/fuzz/model, which takes files. Made for
# libFuzzer (ci/fuzz/libfuzzer), FUZZER has the compiler's flag and main.c is not needed.
FUZZ_TARGETS  := model scenario database program capture trace
FUZZ_SHARED   := files $(if $(FUZZER),,main)
FUZZ_WRAPPED  := -Wl,--wrap=fopen,--wrap=realpath,--wrap=stat
FUZZ_BINARIES := $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)

$(if $(FUZZER),$(BUILD)/fuzz/database: $(BUILD)/ci/fuzz/targets/mutate_database.o)
$(FUZZ_BINARIES): $(BUILD)/fuzz/%: $(BUILD)/ci/fuzz/targets/%.o \
    $(FUZZ_SHARED:%=$(BUILD)/ci/fuzz/targets/%.o) $(LIBRARY)
	@mkdir -p $(@D)
	$(call quietly,link   )$(CC) $(CFLAGS) $(LDFLAGS) $(FUZZER) $(FUZZ_WRAPPED) -o $@ $^ $(LDLIBS)

# Protocols in C that do what a text beside them says (ci/fuzz/judge --handlers): all they know is in
# tables, or not.
INTERPRETERS := $(BUILD)/fuzz/handlers.so $(BUILD)/fuzz/opaque.so
$(INTERPRETERS): ci/fuzz/handlers/interpreter.c harness/native/ldfi/protocol.h
	@mkdir -p $(@D)
	$(call quietly,link   )$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O1 -g -fPIC -shared \
	    $(if $(filter %/opaque.so,$@),-DOPAQUE=true) -o $@ $<

# What the tests of abuse need (ci/abuse): a machine that fails, and a reader of what is left.
ABUSE_TOOLS := $(BUILD)/abuse/failing.so $(BUILD)/abuse/restore

$(BUILD)/abuse/failing.so: ci/abuse/failing.c
	@mkdir -p $(@D)
	$(call quietly,link   )$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 -fPIC -shared -o $@ $<

$(BUILD)/abuse/restore: $(BUILD)/ci/abuse/restore.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call quietly,link   )$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

demo:
	@ci/setup build
	@$(MAKE) --no-print-directory -s all
	@LDFI=$(BUILD)/ldfi ci/demo

# What the tests of ci/cluster need, where that starts no services; without it they are skipped.
CLUSTER = $(shell [ "$$(id -u)" = 0 ] && [ ! -d /run/systemd/system ] && echo cluster)

test:
	@ci/setup build test bench browser $(CLUSTER)
	@$(MAKE) --no-print-directory all classical
	@$(MAKE) --no-print-directory test-run LEFT_OUT="$(NIGHTLY)"

# Long, and of what other tests touch, too: their scenarios are among those of scenarios.bats.
NIGHTLY := raft native_ladder reference

ACCEPTANCE ?= $(sort $(wildcard ci/acceptance/*.bats))
# What tests scripts, or says again what other tests do: a sanitizer finds nothing more in it.
UNSANITIZED := $(patsubst %,ci/acceptance/%.bats,\
    readme setup bench mutate reference templates cluster \
    report_browser terminal)

# Unit tests speak TAP through cmocka, the tests of the program through bats; prove adds them up.
test-run: $(BUILD)/ldfi $(HEADER) $(BUILD)/check-proof $(TEST_BINARIES) $(FUZZ_BINARIES) $(INTERPRETERS) \
    $(ABUSE_TOOLS) $(FIRINGS) libraft
	@LDFI=$(abspath $(BUILD)/ldfi) CMOCKA_MESSAGE_OUTPUT=TAP prove --jobs 2 --timer \
	    --exec '' $(filter-out $(LEFT_OUT:%=$(BUILD)/tests/%),$(TEST_BINARIES)) \
	    $(filter-out $(LEFT_OUT:%=ci/acceptance/%.bats),$(ACCEPTANCE))

# A model that is a library: built where the library is.
libraft:
	@! pkg-config --exists raft || $(MAKE) --no-print-directory -s -C models/libraft

# Leaves absences out of its lineage (lineage/classical.h): the judge must catch it.
classical:
	@$(MAKE) --no-print-directory all BUILD=build-classical \
	    EXTRA_CFLAGS=-DLINEAGE_WITHOUT_ABSENCES

# Long under a sanitizer; `make nightly` leaves none out.
UNHURRIED := lineage_lesson_test bisect compare conformance explain export import inputs judge \
    judge_handlers merge native native_ladder proof raft regress report scenarios seeded sweep symmetry

sanitize:
	@ci/setup build test bench
	@$(MAKE) --no-print-directory classical
	$(MAKE) --no-print-directory test-run BUILD=build-sanitize LEFT_OUT="$(UNHURRIED)" \
	    ACCEPTANCE="$(filter-out $(UNSANITIZED),$(ACCEPTANCE))" \
	    EXTRA_CFLAGS="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -fno-omit-frame-pointer" CFLAGS=-g

bench bench-quick:
	@ci/setup build bench
	@$(MAKE) --no-print-directory all $(FIRINGS)
	@LDFI=$(BUILD)/ldfi ci/bench/bench --firings $(FIRINGS) $(if $(findstring quick,$@),--quick)

# Ten minutes for each fuzz target, and six seconds.
fuzz: FUZZ_SECONDS := 600
fuzz-smoke: FUZZ_SECONDS := 6
fuzz fuzz-smoke:
	@ci/setup build fuzz
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory fuzz-binaries BUILD=build-fuzz CC=clang \
	    FUZZER=-fsanitize=fuzzer CFLAGS=-g EXTRA_CFLAGS="-O1 -fno-omit-frame-pointer \
	    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=pointer-overflow \
	    -fno-sanitize-recover=all"
	@LDFI=$(BUILD)/ldfi ci/fuzz/seeds build-fuzz/seeds
	@ci/fuzz/libfuzzer --seconds $(FUZZ_SECONDS)

fuzz-binaries: $(FUZZ_BINARIES)
interpreters: $(INTERPRETERS)
abuse-tools: $(ABUSE_TOOLS)

# What takes too long for every commit.
NIGHT ?= $(shell date +%y%m%d)
nightly:
	@ci/setup build test fuzz bench
	@$(MAKE) --no-print-directory all classical abuse-tools interpreters libraft
	ci/abuse/failures memory --hows once
	ci/abuse/failures memory --hows onwards --samples 300
	ci/abuse/failures write
	ci/abuse/kills --kills 100
	LDFI=$(BUILD)/ldfi ci/check-certificate $(wildcard scenarios/*/*.json)
	LDFI=$(BUILD)/ldfi ci/bench/equivalence
	LDFI=$(abspath $(BUILD)/ldfi) LDFI_NIGHTLY=1 bats ci/acceptance/native_ladder.bats
	LDFI=$(BUILD)/ldfi ci/fuzz/judge --seeds $(NIGHT)00001..$(NIGHT)10000 --features \
	    --classical build-classical/ldfi
	LDFI=$(BUILD)/ldfi ci/fuzz/judge --seeds $(NIGHT)10001..$(NIGHT)20000 --features \
	    --classical build-classical/ldfi --all
	LDFI=$(BUILD)/ldfi ci/fuzz/judge --handlers --seeds $(NIGHT)00001..$(NIGHT)05000 --features
	LDFI=$(BUILD)/ldfi ci/fuzz/judge --handlers --seeds $(NIGHT)05001..$(NIGHT)10000 --features --all
	ci/fuzz/handler_mutants --programs 700 rows absences looks
	LDFI=$(BUILD)/ldfi ci/fuzz/reference --seeds $(NIGHT)00001..$(NIGHT)02000
	LDFI=$(BUILD)/ldfi ci/fuzz/inputs --seeds $(NIGHT)00001..$(NIGHT)02000
	LDFI=$(BUILD)/ldfi ci/fuzz/why --seeds $(NIGHT)00001..$(NIGHT)02000
	$(BUILD)/ldfi sweep scenarios --max-seconds 60
	$(BUILD)/ldfi regress --max-seconds 60
	LDFI=$(abspath $(BUILD)/ldfi) bats ci/acceptance/raft.bats ci/acceptance/reference.bats
	@$(MAKE) --no-print-directory lint-deep
	@$(MAKE) --no-print-directory sanitize UNHURRIED=
	@$(MAKE) --no-print-directory fuzz

# The manual's pages and what completes a command line, out of what the program and the project's
# documents say.
PAGES := $(BUILD)/man/man1/ldfi.1 $(BUILD)/man/man5/ldfi-dedalus.5 $(BUILD)/man/man5/ldfi-scenario.5
COMPLETIONS := $(BUILD)/completions/ldfi $(BUILD)/completions/_ldfi

manual: $(PAGES) $(COMPLETIONS)

$(BUILD)/man/man1/ldfi.1: $(BUILD)/ldfi
	@mkdir -p $(@D)
	@$< help manual > $@
$(BUILD)/man/man5/ldfi-dedalus.5: ci/manual harness/dedalus/dialect.md
$(BUILD)/man/man5/ldfi-scenario.5: ci/manual scenarios/schema.json
$(filter %.5,$(PAGES)): $(BUILD)/man/man5/ldfi-%.5:
	@mkdir -p $(@D)
	@ci/manual $* > $@
$(BUILD)/completions/ldfi: $(BUILD)/ldfi
	@mkdir -p $(@D)
	@$< completion bash > $@
$(BUILD)/completions/_ldfi: $(BUILD)/ldfi
	@mkdir -p $(@D)
	@$< completion zsh > $@

SHARE := $(DESTDIR)$(PREFIX)/share
BASH_COMPLETIONS := $(SHARE)/bash-completion/completions
ZSH_COMPLETIONS := $(SHARE)/zsh/site-functions

install: all manual
	@if $(BUILD)/ldfi --version | grep -q without-absences; then \
	    echo "make install: $(BUILD)/ldfi leaves absences out; it is only there to compare with" >&2; \
	    exit 1; fi
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include/ldfi $(SHARE)/pkgconfig
	install -m 755 $(BUILD)/ldfi $(DESTDIR)$(PREFIX)/bin/ldfi
	install -d $(SHARE)/man/man1 $(SHARE)/man/man5 $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS)
	install -m 644 $(HEADER) $(DESTDIR)$(PREFIX)/include/ldfi
	printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include' '' 'Name: ldfi' \
	    'Description: what a protocol in C includes to be tested by ldfi' \
	    "Version: $$($(BUILD)/ldfi --version | sed 's/^ldfi \([0-9.]*\).*/\1/;q')" \
	    'Cflags: -I$${includedir}' > $(SHARE)/pkgconfig/ldfi.pc
	install -m 644 $(filter %.1,$(PAGES)) $(SHARE)/man/man1
	install -m 644 $(filter %.5,$(PAGES)) $(SHARE)/man/man5
	install -m 644 $(BUILD)/completions/ldfi $(BASH_COMPLETIONS)/ldfi
	install -m 644 $(BUILD)/completions/_ldfi $(ZSH_COMPLETIONS)/_ldfi

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/ldfi $(SHARE)/man/man1/ldfi.1 $(SHARE)/pkgconfig/ldfi.pc
	rm -f $(DESTDIR)$(PREFIX)/include/ldfi/protocol.h
	rmdir $(DESTDIR)$(PREFIX)/include/ldfi 2>/dev/null || true
	rm -f $(SHARE)/man/man5/ldfi-dedalus.5 $(SHARE)/man/man5/ldfi-scenario.5
	rm -f $(BASH_COMPLETIONS)/ldfi $(ZSH_COMPLETIONS)/_ldfi

clean:
	rm -rf build build-* models/*/*.so

MODELS := models/delivery models/primary_backup models/primary_backup/c models/primary_backup/seeded
CODE := $(foreach folder,$(FOLDERS) ci/fuzz/targets ci/fuzz/handlers ci/abuse ci/proof ci/bench \
            $(MODELS),\
            $(wildcard $(folder)/*.c $(folder)/*.h)) harness/new/c/NAME.c

# $(call tidy,FILES,OPTIONS). The analyzer takes minutes: `make nightly` has it.
tidy = printf '%s\n' $(1) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet $(2) \
    --warnings-as-errors="*" "$$@" -- -std=c11 -D_GNU_SOURCE -I$(BUILD) \
    -Iharness/native 2>/dev/null' clang-tidy

lint: $(TEXTS) $(BUILD)/sources.inc $(BUILD)/page_policy.inc
	@ci/setup lint
	@echo "  cppcheck" # which knows no __VA_OPT__, as ldfi/protocol.h has it
	@cppcheck -j 2 --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem --error-exitcode=1 -D_GNU_SOURCE -D__cppcheck__=1 -I$(BUILD) \
	    $(filter-out harness/new/% models/% ci/fuzz/handlers/%,$(filter %.c,$(CODE)))
	@echo "  clang-tidy"
	@$(call tidy,$(filter %.c,$(CODE)),--checks=-clang-analyzer-*)

lint-deep: lint
	@echo "  clang-analyzer"
	@$(call tidy,$(filter-out %_test.c,$(filter %.c,$(CODE))),)

format:
	clang-format -i $(CODE)

check-format:
	@ci/setup lint
	@clang-format --dry-run --Werror $(CODE)

-include $(OBJECTS:.o=.d) $(BUILD)/ci/proof/check.d $(patsubst %.c,$(BUILD)/%.d,$(TESTS))
-include $(wildcard $(BUILD)/ci/fuzz/targets/*.d $(BUILD)/ci/abuse/*.d $(BUILD)/ci/bench/*.d)
