# Tests: what they are made of, and the targets that run them. Included by the Makefile.
# The tests of a room are in the folder of the same name here: tests/tools/formats holds those of tools/formats.

TESTSRC  := $(wildcard tests/*.c $(addsuffix /*.c,$(addprefix tests/,$(ROOMS))))
UNIT     := $(call named,test_% check_%,$(TESTSRC))
TESTLIB  := $(filter-out $(UNIT),$(TESTSRC))
BITS     := $(wildcard tests/bits/*.c)
FAULTS   := $(wildcard tests/faults/test_*.c)
BENCHED  := $(wildcard tests/bench/test_*.c)
FAULTBIN := tests/faults/small_bonafide.c
FAULTLIB := $(filter-out $(FAULTS) $(FAULTBIN),$(wildcard tests/faults/*.c))
FUZZ     := $(wildcard tests/fuzz/fuzz_*.c)
program   = $(patsubst %.c,$(BUILD)/tests/%,$(notdir $(1)))
TPROGS   := $(call program,$(UNIT) $(FAULTS) $(BENCHED)) $(BUILD)/tests/same_bits
RPROGS   := $(FUZZ:tests/fuzz/fuzz_%.c=$(BUILD)/fuzz/replay_%)
FPROGS   := $(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz/%)
ALLOBJ   += $(call obj,$(UNIT) $(TESTLIB) $(BITS) $(BENCHED) $(FAULTS) $(FAULTLIB) $(FAULTBIN) $(FUZZ) tests/fuzz/fuzz.c \
              tests/fuzz/plain_driver.c tests/fuzz/gen_seeds.c)

.PHONY: test test-san unit check cli lint machines deps-test install-test wheel-test static-test deb-test nightly tests-build matrix-programs matrix
.PHONY: verify-weights promise

# --- programs -------------------------------------------------------------------------------------------
$(BUILD)/tests/%: TESTLIBS := -lcmocka
$(foreach test,$(UNIT),$(eval $(call program,$(test)): $(call obj,$(test))))
$(call program,$(UNIT)): $(call obj,$(TESTLIB)) $(LIBS) ; $(LINK)

# Its own file is the published one.
$(BUILD)/tests/test_bring_weights: TESTLIBS := -lcmocka -Wl,--wrap=feat_weights_published,--wrap=feat_convert

# Machines that fail, and weights of a small network, see tests/faults: calls of the project go there first.
FAULT_WRAPS := feat_alloc feat_calloc feat_alloc_array feat_realloc feat_strdup feat_session_run bf_sandbox_decode \
               gmet_moments_get gmet_inception_score gmet_is_with_error feat_weights_synth feat_weights_open \
               feat_convert feat_weights_published bf_known_stats_find bf_known_stats_at
FAULTPROGS := $(patsubst tests/faults/%.c,$(BUILD)/tests/%,$(FAULTS) $(FAULTBIN))
$(FAULTPROGS): TESTLIBS := -lcmocka $(FAULT_WRAPS:%=-Wl,--wrap=%) -ldl
$(FAULTPROGS): $(BUILD)/tests/%: $(BUILD)/obj/tests/faults/%.o \
    $(call obj,$(FAULTLIB) $(filter tests/weights/weightgen%.c,$(TESTLIB))) $(LIBS) ; $(LINK)

# It may hide CPU features.
$(BUILD)/tests/same_bits: TESTLIBS := -Wl,--wrap=feat_cpu_features
$(BUILD)/tests/same_bits: $(call obj,$(BITS)) $(LIBS) ; $(LINK)

matrix-programs: $(filter $(addprefix $(BUILD)/tests/,check_% same_bits test_pixels test_jpeg),$(TPROGS))

# A fuzz target is linked with libFuzzer (fuzz_*, clang only) or with a plain driver (replay_*).
FUZZLIB := $(call obj,tests/fuzz/fuzz.c $(filter tests/weights/weightgen%.c,$(TESTLIB)))
$(BUILD)/fuzz/%: TESTLIBS := -lcmocka
$(BUILD)/fuzz/fuzz_judge $(BUILD)/fuzz/replay_judge: TESTLIBS := -lcmocka -Wl,--wrap=feat_sha256_final
$(BUILD)/fuzz/fuzz_part $(BUILD)/fuzz/replay_part: TESTLIBS := -lcmocka -Wl,--wrap=feat_sha256_final,--wrap=feat_hash64
$(BUILD)/fuzz/fuzz_%: LDFLAGS += -fsanitize=fuzzer
$(BUILD)/fuzz/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(FUZZLIB) $(LIBS) ; $(LINK)
$(BUILD)/fuzz/replay_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(call obj,tests/fuzz/plain_driver.c) $(FUZZLIB) $(LIBS) ; $(LINK)
$(BUILD)/fuzz/gen_seeds: $(call obj,tests/fuzz/gen_seeds.c) $(FUZZLIB) $(LIBS) ; $(LINK)

.PHONY: fuzz fuzz-build fuzz-seeds replay msan msan-programs
# Those that decode one image format, and what such files are found in and made of.
MSAN_OF := $(patsubst tests/fuzz/fuzz_%.c,%,$(shell grep -l 'fuzz_decode.BF_FORMAT_' $(FUZZ))) image inflate
msan-programs: $(MSAN_OF:%=$(BUILD)/fuzz/replay_%) $(BUILD)/tests/test_stop
tests-build: $(TPROGS) $(RPROGS) $(BUILD)/tests/small_bonafide
fuzz-build: $(FPROGS)
fuzz-seeds: $(BUILD)/fuzz/gen_seeds all

# --- testing --------------------------------------------------------------------------------------------
# Every part runs even when an earlier one failed; the target fails when any did.
test: deps
	@$(SUBMAKE) all tests-build
	@failed=; for part in unit cli $(if $(SAN)$(CROSS),,lint deps-test install-test static-test deb-test); do \
	    $(MAKE) --no-print-directory $$part || failed="$$failed $$part"; \
	done; \
	if [ -n "$$failed" ]; then echo "make test: FAILED:$$failed"; exit 1; fi; echo "make test: everything passed"

unit: tests-build
	@RUN='$(RUN)' sh tests/run.sh $(TPROGS)
	@RUN='$(RUN)' sh tests/fuzz/replay.sh $(BUILD)/fuzz

# One test program, or those of a folder, or command-line tests:  T='NAME|FOLDER...'  CLI='NAME|FOLDER...'
ifneq ($(filter check,$(MAKECMDGOALS)),)
tests_of = $(filter $(BUILD)/tests/$(1),$(TPROGS)) $(call program,$(filter tests/$(1)/%,$(UNIT) $(FAULTS) $(BENCHED))) \
           $(if $(filter bits,$(1)),$(BUILD)/tests/same_bits)
CHECKED := $(foreach name,$(T),$(or $(strip $(call tests_of,$(name))), \
             $(error make check: no test program and no folder of tests has the name $(name))))
ifeq ($(strip $(T)$(CLI)),)
$(error make check wants T=PROGRAM, T=FOLDER or CLI=NAME (make help says more))
endif
endif
check: $(CHECKED) $(if $(CLI),$(PROGS))
	$(if $(T),@RUN='$(RUN)' sh tests/run.sh $(CHECKED))
	$(if $(CLI),@RUN='$(RUN)' sh tests/cli/run.sh $(BUILD)/bin/bonafide $(CLI))

replay: $(RPROGS)
	@RUN='$(RUN)' sh tests/fuzz/replay.sh $(BUILD)/fuzz

cli: $(PROGS)
	@RUN='$(RUN)' sh tests/cli/run.sh $(BUILD)/bin/bonafide

# After a change that is meant of what users lean on, and for a release: the lists that the lint compares with.
promise: all
	@CC='$(CC)' PUBLIC='$(PUBLIC)' sh tests/promise/check.sh $(BUILD)/bin/bonafide --release

lint: all
	@CC='$(CC)' sh tests/lint/run.sh $(BUILD)

# Programs for musl and riscv64 give the same bits.
machines: deps
	@MAKE='$(MAKE) --no-print-directory' sh tests/machines.sh

deps-test:
	@MAKE='$(MAKE) --no-print-directory' CC='$(CC)' sh tests/deps.sh

install-test: all
	@MAKE='$(MAKE) --no-print-directory' CC='$(CC)' BUILD='$(BUILD)' sh tests/install.sh

wheel-test: all
	@MAKE='$(MAKE) --no-print-directory' CC='$(CC)' BUILD='$(BUILD)' sh tests/wheel.sh

static-test: all
	@MAKE='$(MAKE) --no-print-directory' CC='$(CC)' BUILD='$(BUILD)' sh tests/static.sh

# In make test only where bonafide-mpi happens to be built: MPI is for those who have a cluster.
.PHONY: mpi-test
mpi-test: deps
	@if command -v $(MPICC) >/dev/null 2>&1 && command -v mpirun >/dev/null 2>&1; then \
	    $(SUBMAKE) MPI=1 all && sh tests/cli/run.sh $(BUILD)/bin/bonafide mpi; \
	else echo "NOT TESTED: there is no $(MPICC) or no mpirun here (Debian: libopenmpi-dev, openmpi-bin)"; fi

deb-test: all
	@MAKE='$(MAKE) --no-print-directory' CC='$(CC)' BUILD='$(BUILD)' sh tests/deb.sh

test-san: deps
	@$(SUBMAKE) SAN=address,undefined CFLAGS='-O2 -g' $(if $(filter command,$(origin BUILD)),BUILD=$(BUILD)-san) unit

matrix: deps
	@MAKE='$(MAKE) --no-print-directory' sh tests/matrix.sh $(MATRIX_OF)

# Objects of clang, instrumented for libFuzzer; main() stays out of the libraries, so the rest links as ever.
fuzz: deps
	@$(SUBMAKE) CC=clang SAN=fuzzer-no-link,address,undefined CFLAGS='-O1 -g' BUILD=build/fuzz fuzz-build
	@sh tests/fuzz/run.sh build/fuzz/fuzz $(SECONDS) $(TARGETS)

# Does a byte of a picture come from anywhere but its file? The readers of images under MemorySanitizer.
msan: deps
	@MAKE='$(MAKE) --no-print-directory' JOBS='$(JOBS)' sh tests/msan.sh $(MSAN_OF)

# Flips operators of the metrics, one at a time: do the tests notice?  FLIPS=n SEED=n
.PHONY: mutants
mutants: deps
	@MAKE='$(MAKE) --no-print-directory' JOBS='$(JOBS)' sh tests/mutants.sh $(or $(FLIPS),40) $(or $(SEED),1)

# What each input may do, with the tests that hold it to that, which are run.
.PHONY: audit-security
audit-security: deps
	@$(SUBMAKE) all tests-build
	@BUILD='$(BUILD)' sh tests/security.sh

# Which lines and branches of the libraries do the tests run?
.PHONY: coverage
coverage: deps
	@MAKE='$(MAKE) --no-print-directory' JOBS='$(JOBS)' sh tests/coverage.sh

# Where published weight files are: WEIGHTS_DIR.
verify-weights: all
	@sh tests/verify_weights.sh $(BUILD)/bin/bonafide '$(or $(WEIGHTS_DIR),build/weights)'

nightly: deps
	@MAKE='$(MAKE) --no-print-directory' sh tests/nightly.sh
