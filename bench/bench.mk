# Benchmarks. Included by the Makefile.

BENCH    := $(wildcard bench/bench_*.c)
BENCHLIB := $(filter-out $(BENCH),$(wildcard bench/*.c))
BPROGS   := $(BENCH:bench/%.c=$(BUILD)/bench/%)
ALLOBJ   += $(call obj,$(BENCH) $(BENCHLIB))

.PHONY: bench bench-build
$(BPROGS): $(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(call obj,$(BENCHLIB)) $(LIBS) ; $(LINK)
# errors_*.c use what bench_errors.c has beside its main; a linker that keeps all sections (sanitizers) misses it.
$(call program,$(BENCHED)): $(BUILD)/tests/%: $(BUILD)/obj/tests/bench/%.o \
    $(call obj,$(filter-out bench/errors_%.c,$(BENCHLIB))) $(LIBS) ; $(LINK)

bench-build: $(BPROGS)

# Those that can be run without files of the caller's.
ALONE := $(filter-out %bench_cold %bench_compare %bench_images %bench_worker,$(BPROGS))
bench: bench-build
	@for b in $(ALONE); do echo "== $$b"; $(RUN) $$b || exit 1; done
