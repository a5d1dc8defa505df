# Benchmarks. Included by the Makefile.

BENCH    := $(wildcard bench/bench_*.c)
BENCHLIB := $(filter-out $(BENCH),$(wildcard bench/*.c))
BPROGS   := $(BENCH:bench/%.c=$(BUILD)/bench/%)
ALLOBJ   += $(call obj,$(BENCH) $(BENCHLIB))

.PHONY: bench bench-build
$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(call obj,$(BENCHLIB)) $(LIBS) ; $(LINK)

bench-build: $(BPROGS)

bench: bench-build
	@for b in $(BPROGS); do echo "== $$b"; $(RUN) $$b || exit 1; done
