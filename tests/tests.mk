# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
#
# Included by Makefile.apxs. A new tests/unit/X_test.c, tests/fuzz/fuzz_X.c with its
# tests/fuzz/corpus/X/, or header needs no line here.
#   check    unit tests, and every fuzz target over its corpus
#   headers  each header compiles alone
#   fuzz     libFuzzer (clang), each target for FUZZ_SECONDS
#   lint     tests/lint/
#   bench    mod_mssl beside its peers (tests/bench/); BENCH_ARGS="--json --full --only warm|start|peers|request|inventory|full"

FUZZ_CC      ?= clang
FUZZ_SECONDS ?= 30
# No unit test takes a tenth of it: a deadlock ends the test, not the run.
CHECK_SECONDS ?= 300

CHECK      := $(BUILD)/check
FUZZ       := $(BUILD)/fuzz
CHECK_LIBS := -lssl -lcrypto -lpsl -lidn2 $(shell apu-1-config --link-ld) $(shell apr-1-config --link-ld)

TEST_SRC  := $(PURE)
UNITS     := $(patsubst tests/unit/%_test.c,%,$(wildcard tests/unit/*_test.c))
FUZZERS   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
CHECK_OBJ := $(TEST_SRC:%.c=$(CHECK)/%.o)
FUZZ_OBJ  := $(TEST_SRC:%.c=$(FUZZ)/%.o)

check: $(UNITS:%=$(CHECK)/%_test) $(FUZZERS:%=$(CHECK)/replay_%)
	@failed=0; \
	for unit in $(UNITS); do \
	    timeout $(CHECK_SECONDS) $(CHECK)/$${unit}_test || { echo "unit $$unit failed"; failed=$$((failed + 1)); }; \
	done; \
	for fuzz in $(FUZZERS); do \
	    $(CHECK)/replay_$$fuzz tests/fuzz/corpus/$$fuzz \
	        || { echo "corpus $$fuzz failed"; failed=$$((failed + 1)); }; \
	done; \
	echo "check: $$failed failed"; test $$failed -eq 0

# Objects of another compiler or of a sanitizer do not mix: this file changes when the flags do.
$(CHECK)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(LDFLAGS)' | cmp -s - $@ || echo '$(COMPILE) $(LDFLAGS)' > $@

$(CHECK)/%.o: %.c $(CHECK)/flags | $(BUILD)/needs
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c -o $@ $<

$(CHECK)/%_test: $(CHECK)/tests/unit/%_test.o $(CHECK_OBJ)
	$(CC) $(LDFLAGS) -pthread -o $@ $^ -lcmocka $(CHECK_LIBS)

# Its realloc() fails when it is told to.
$(CHECK)/book_test: CHECK_LIBS += -Wl,--wrap=realloc

$(CHECK)/replay_%: $(CHECK)/tests/fuzz/fuzz_%.o $(CHECK)/tests/fuzz/standalone.o $(CHECK_OBJ)
	$(CC) $(LDFLAGS) -pthread -o $@ $^ $(CHECK_LIBS)

FUZZ_FLAGS := $(DEFS) -O1 -g $(WARN) $(INCLUDES) -fsanitize=address,undefined -fno-sanitize-recover=undefined

$(FUZZ)/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZ)/fuzz_%: $(FUZZ)/tests/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -pthread -o $@ $^ $(CHECK_LIBS)

# New inputs go to a copy: the corpus in the tree is chosen by hand.
fuzz: $(FUZZERS:%=$(FUZZ)/fuzz_%)
	@for fuzz in $(FUZZERS); do \
	    mkdir -p $(FUZZ)/corpus/$$fuzz && \
	    $(FUZZ)/fuzz_$$fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=5 -print_final_stats=1 \
	        -artifact_prefix=$(FUZZ)/$$fuzz- $(FUZZ)/corpus/$$fuzz tests/fuzz/corpus/$$fuzz || exit 1; \
	done

# Writes the visitors' pages to files: for tests/look/pages.sh, and for a test.
$(BUILD)/look/render: tests/look/render.c $(BUILD)/libmssl.a
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $^ $(CHECK_LIBS)

# One task of issuing for one name, for a test.
$(BUILD)/e2e/work: tests/e2e/work/work.c $(BUILD)/libmssl.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

# mssl-steward with another SENDMAIL, as the file OUT: a test says where its mail goes.
steward-for-test: $(BUILD)/libmssl.a
	$(COMPILE) $(LDFLAGS) -o $(OUT) $(STEWARD) $(BUILD)/libmssl.a $(CHECK_LIBS)

headers:
	@for header in $(HEADERS); do \
	    echo "header $$header"; $(COMPILE) -Wno-unused-function -fsyntax-only -x c $$header || exit 1; \
	done

lint:
	@failed=0; \
	for script in tests/lint/*.py; do python3 $$script || failed=1; done; \
	test $$failed -eq 0

# Optimized as a release is, whatever the flags of the module are.
$(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 $(WARN) -pthread -o $@ $< -lssl -lcrypto

# The inventory's code, in a program of its own.
$(BUILD)/bench/walks: tests/bench/walks.c $(BUILD)/libmssl.a
	@mkdir -p $(@D)
	$(COMPILE) $(LDFLAGS) -o $@ $< $(BUILD)/libmssl.a $(CHECK_LIBS)

bench: all $(BUILD)/bench/gencerts $(BUILD)/bench/handshakes $(BUILD)/bench/walks
	@BUILD=$(BUILD) BENCH_COMMAND='make -f Makefile.apxs bench$(if $(BENCH_ARGS), BENCH_ARGS="$(BENCH_ARGS)")' \
	    sh tests/bench/run $(BENCH_ARGS)

-include $(CHECK_OBJ:.o=.d) $(wildcard $(CHECK)/tests/*/*.d) $(wildcard $(FUZZ)/*/*.d $(FUZZ)/tests/*/*.d)

FORCE:
.PHONY: bench check fuzz headers lint steward-for-test FORCE
.SECONDARY:
