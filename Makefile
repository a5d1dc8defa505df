# bonafide: make demo | test | all | bench | nightly | lint | clean   (make help lists them)
# Options: CC=clang  CROSS=aarch64-linux-gnu-  SAN=address,undefined  V=1  BUILD=dir
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# --- toolchain ---------------------------------------------------------------------------------------
CROSS ?=
ifeq ($(origin CC),default)
CC := $(CROSS)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS)ar
endif
TARGET := $(shell $(CC) -dumpmachine)
ARCH   := $(firstword $(subst -, ,$(TARGET)))
comma  := ,
BUILD  ?= build/$(TARGET)$(if $(findstring clang,$(CC)),-clang)$(if $(SAN),-$(subst $(comma),+,$(SAN)))
RUN    ?= $(if $(CROSS),qemu-$(ARCH) -L /usr/$(patsubst %-,%,$(CROSS)))

# --- flags: the caller's CFLAGS choose -O and -g; the numerics flags come after them and win ------------
CFLAGS   ?= -O3 -g
NUMERICS := -std=c11 -ffp-contract=off -fno-math-errno
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wformat=2 -Wwrite-strings -Wcast-qual \
            -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wdouble-promotion -Wswitch-enum \
            -Wframe-larger-than=8192
CPPFLAGS += -I. -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64
ifneq ($(SAN),)
SANFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifneq ($(WERROR),)
WARN += -Werror
endif
FLAGS = $(CFLAGS) $(NUMERICS) -fvisibility=hidden $(WARN) $(SANFLAGS) -MMD -MP

# --- one kernel source, one object per ISA; flags by file name --------------------------------------------
ISAS_x86_64      := avx512 avx2 fma scalar
ISAS_aarch64     := neon scalar
ISAS             := $(ISAS_$(ARCH))
ISA_FLAGS_scalar :=
ISA_FLAGS_fma    := -mfma
ISA_FLAGS_avx2   := -mavx2 -mfma
ISA_FLAGS_avx512 := -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma
ISA_FLAGS_neon   :=

# --- sources: directories are listed, nothing is found by recursion ---------------------------------------
ISA_SRC  := $(ISAS:%=engine/kernels/isa_%.c)
ENGINE   := $(wildcard engine/base/*.c engine/net/*.c engine/resize/*.c) \
            $(filter-out engine/kernels/isa_%.c %.inc.c,$(wildcard engine/kernels/*.c)) $(ISA_SRC) \
            $(wildcard weights/w*.c)
CONVERT  := $(filter-out weights/w%.c,$(wildcard weights/*.c))
METRICS  := $(wildcard metrics/*.c)
TOOLS    := $(wildcard tools/*.c)
MAINS    := $(wildcard tools/main_*.c)
TOOLLIB  := $(filter-out $(MAINS),$(TOOLS))
UNIT     := $(wildcard tests/unit/test_*.c)
KTESTS   := $(wildcard tests/kernels/check_*.c)
TESTLIB  := $(filter-out $(UNIT) $(KTESTS),$(wildcard tests/unit/*.c tests/kernels/*.c))
BENCH    := $(wildcard bench/bench_*.c)
BENCHLIB := $(filter-out $(BENCH),$(wildcard bench/*.c))
obj       = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

LIBIV3  := $(BUILD)/libiv3.a
LIBGMET := $(BUILD)/libgmet.a
LIBTOOL := $(BUILD)/libtool.a
PROGS   := $(MAINS:tools/main_%.c=$(BUILD)/bin/%)
TPROGS  := $(UNIT:tests/unit/%.c=$(BUILD)/tests/%) $(KTESTS:tests/kernels/%.c=$(BUILD)/tests/%)
BPROGS  := $(BENCH:bench/%.c=$(BUILD)/bench/%)
ALLOBJ  := $(call obj,$(ENGINE) $(CONVERT) $(METRICS) $(TOOLS) $(UNIT) $(KTESTS) $(TESTLIB) $(BENCH) $(BENCHLIB))

Q := $(if $(V),,@)
.PHONY: all help clean FORCE
all: $(LIBIV3) $(LIBGMET) $(PROGS)

# --- compiling -----------------------------------------------------------------------------------------
STAMP := $(BUILD)/flags.txt
$(STAMP): FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(CC) $(FLAGS) $(CPPFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
	    echo '$(CC) $(FLAGS) $(CPPFLAGS) $(LDFLAGS)' > $@

$(BUILD)/obj/engine/kernels/isa_%.o: ISA_FLAGS = $(ISA_FLAGS_$*)
$(BUILD)/obj/%.o: %.c $(STAMP)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CPPFLAGS) $(FLAGS) $(ISA_FLAGS) -c $< -o $@

$(LIBIV3):  $(call obj,$(ENGINE))
$(LIBGMET): $(call obj,$(METRICS))
$(LIBTOOL): $(call obj,$(TOOLLIB) $(CONVERT))
$(LIBIV3) $(LIBGMET) $(LIBTOOL):
	@echo "  AR   $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

LINK = @mkdir -p $(@D); echo "  LINK $@"; \
       $(CC) $(FLAGS) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS) -pthread -lm -o $@
$(BUILD)/bin/%:   $(BUILD)/obj/tools/main_%.o $(LIBTOOL) $(LIBGMET) $(LIBIV3) ; $(LINK)
$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(call obj,$(BENCHLIB)) $(LIBTOOL) $(LIBGMET) $(LIBIV3) ; $(LINK)
$(BUILD)/tests/%: LDLIBS += -lcmocka
$(BUILD)/tests/test_%: $(BUILD)/obj/tests/unit/test_%.o $(call obj,$(TESTLIB)) $(LIBTOOL) $(LIBGMET) $(LIBIV3) ; $(LINK)
$(BUILD)/tests/check_%: $(BUILD)/obj/tests/kernels/check_%.o $(call obj,$(TESTLIB)) $(LIBTOOL) $(LIBGMET) $(LIBIV3) ; $(LINK)

.PHONY: tests-build bench-build
tests-build: $(TPROGS)
bench-build: $(BPROGS)

clean:
	rm -rf build

.SECONDARY: $(ALLOBJ)
-include $(ALLOBJ:.o=.d)
