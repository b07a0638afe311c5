# ldfi: `make demo` shows it at work, `make test` tests it; both set up what is missing.
#
#   make            build build/ldfi               make install      PREFIX=/usr/local DESTDIR=
#   make demo       find a bug, certify a repair   make sanitize     all tests under ASan and UBSan
#   make test       all tests                      make lint         clang-tidy and cppcheck
#   make clean                                     make check-format / make format
#   make bench      measure, write ci/bench/results.md (bench-quick: a minute, to build/bench)
#   make nightly    what takes too long for every commit
#
# Variables: CC (gcc or clang), BUILD (build), WERROR=1 (warnings are errors), EXTRA_CFLAGS,
# V=1 (show the commands).

CC       ?= cc
BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes $(if $(WERROR),-Werror)
override CFLAGS += -std=c11 -D_GNU_SOURCE $(WARNINGS) -MMD -MP -I$(BUILD) $(EXTRA_CFLAGS)
override LDFLAGS += -pthread $(EXTRA_LDFLAGS)
LDLIBS   := -lsqlite3 -lcjson -lpicosat -lm

FOLDERS  := harness harness/dedalus lineage solver
SOURCES  := $(foreach folder,$(FOLDERS),$(wildcard $(folder)/*.c))
TESTS    := $(filter %_test.c,$(SOURCES))
OBJECTS  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(TESTS),$(SOURCES)))
LIBRARY  := $(filter-out $(BUILD)/harness/main.o,$(OBJECTS))
TEST_BINARIES := $(patsubst %.c,$(BUILD)/tests/%,$(subst /,_,$(TESTS)))

# $(call quietly,WORD) shows a word and the target instead of the command.
quietly = @$(if $(V)$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,echo "  $(1) $@" &&)

.PHONY: all demo test test-run sanitize bench bench-quick nightly install clean lint format \
    check-format
.DELETE_ON_ERROR:

all: $(BUILD)/ldfi

$(BUILD)/ldfi: $(OBJECTS)
	$(call quietly,link   )$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call quietly,compile)$(CC) $(CFLAGS) -c -o $@ $<

# The database's schema as a C string.
$(BUILD)/schema.inc: lineage/schema.sql
	@mkdir -p $(@D)
	@sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' $< > $@
$(BUILD)/lineage/store.o: $(BUILD)/schema.inc

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

demo:
	@ci/setup build
	@$(MAKE) --no-print-directory -s all
	@LDFI=$(BUILD)/ldfi ci/demo

test:
	@ci/setup build test bench
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory test-run

# Unit tests speak TAP through cmocka, the tests of the program through bats; prove adds them up.
test-run: $(BUILD)/ldfi $(FIRINGS) $(TEST_BINARIES)
	@LDFI=$(abspath $(BUILD)/ldfi) CMOCKA_MESSAGE_OUTPUT=TAP prove --jobs 2 --timer \
	    --exec '' $(TEST_BINARIES) $(wildcard ci/acceptance/*.bats)

sanitize:
	@ci/setup build test bench
	$(MAKE) --no-print-directory test-run BUILD=build-sanitize \
	    EXTRA_CFLAGS="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -fno-omit-frame-pointer" CFLAGS=-g

bench bench-quick:
	@ci/setup build bench
	@$(MAKE) --no-print-directory all $(FIRINGS)
	@LDFI=$(BUILD)/ldfi ci/bench/bench --firings $(FIRINGS) $(if $(findstring quick,$@),--quick)

nightly:
	@ci/setup build test bench
	@$(MAKE) --no-print-directory all
	LDFI=$(BUILD)/ldfi ci/bench/equivalence

install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/ldfi $(DESTDIR)$(PREFIX)/bin/ldfi

clean:
	rm -rf build build-*

CODE := $(foreach folder,$(FOLDERS) ci/bench,$(wildcard $(folder)/*.c $(folder)/*.h))

lint: $(BUILD)/schema.inc
	@ci/setup lint
	@echo "  cppcheck"
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	    --suppress=missingIncludeSystem --error-exitcode=1 -D_GNU_SOURCE -I$(BUILD) \
	    $(filter %.c,$(CODE))
	@echo "  clang-tidy"
	@printf '%s\n' $(filter %.c,$(CODE)) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet \
	    --warnings-as-errors="*" "$$@" -- -std=c11 -D_GNU_SOURCE -I$(BUILD) 2>/dev/null' clang-tidy

format:
	clang-format -i $(CODE)

check-format:
	@ci/setup lint
	@clang-format --dry-run --Werror $(CODE)

-include $(OBJECTS:.o=.d) $(BUILD)/ci/bench/firings.d $(patsubst %.c,$(BUILD)/%.d,$(TESTS))
