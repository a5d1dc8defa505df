# bonafide: make demo | test | all | lint | nightly | install | clean   (make help lists them)
# Options: CC=clang|musl-gcc  CROSS=aarch64-linux-gnu-|riscv64-linux-gnu-  SAN=address,undefined  WEBP=0  WERROR=1  V=1  BUILD=dir  JOBS=n
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
DEBIAN_x86_64 := amd64
DEBIAN_aarch64 := arm64
DEBIAN_riscv64 := riscv64
comma  := ,
# Debian's musl-gcc is gcc with another C library, of which -dumpmachine knows nothing.
MUSL   := $(if $(filter musl-gcc,$(notdir $(firstword $(CC)))),-musl)
BUILD  ?= build/$(TARGET)$(MUSL)$(if $(findstring clang,$(CC)),-clang)$(if $(SAN),-$(subst $(comma),+,$(SAN)))
RUN    ?= $(if $(CROSS),qemu-$(ARCH) -L /usr/$(patsubst %-,%,$(CROSS)))
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)

# The targets that do several things call make again: with a -j of their own unless the caller gave one.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

# --- flags: the caller's CFLAGS choose -O and -g; the numerics flags come after them and win ------------
CFLAGS   ?= -O3 -g -DNDEBUG
# Outside the libraries speed is not what counts (decoding JPEG takes the same time): small, unless the caller chose.
ifeq ($(origin CFLAGS),file)
SMALL    := -Os
endif
NUMERICS := -std=c11 -ffp-contract=off -fno-math-errno
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wformat=2 -Wwrite-strings -Wcast-qual \
            -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wdouble-promotion -Wswitch-enum \
            -Wframe-larger-than=8192
# One set of objects for programs, archives and the shared library; what a program does not call is left out of it, and
# so are the unwind tables of exceptions, which C has none of (-g brings debuggers their own).
LAYOUT   := -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
# Headers of others: in a source archive stb's and jsmn's lie in third_party. musl-gcc looks in musl's folder only; what
# belongs to no C library is borrowed from the machine's headers, see below.
OTHERS   := $(if $(wildcard third_party),-isystem third_party) $(if $(MUSL),-idirafter $(BUILD)/borrowed)
DEFINES  := -I. $(OTHERS) -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64
# WebP is read with libwebp, unless WEBP=0. A build for another machine takes it where the library is there for that
# machine, and says so where it is not.
WEBP_LIBS := -lwebpdemux -lwebp
ifeq ($(origin WEBP)$(CROSS)$(MUSL),undefined)
WEBP     := 1
else ifeq ($(origin WEBP),undefined)
WEBP     := $(shell echo 'int main(void) { return WebPGetDemuxVersion() == 0; }' | \
              $(CC) $(CPPFLAGS) -x c -include webp/demux.h - $(LDFLAGS) $(WEBP_LIBS) -lm -o /dev/null 2>/dev/null && \
              echo 1 || echo 0)
ifeq ($(WEBP)$(filter 0 1,$(MAKELEVEL)),0$(MAKELEVEL))
$(info WebP is left out: no libwebp for $(ARCH)$(MUSL) here (Debian: dpkg --add-architecture, then apt-get install libwebp-dev:ARCH))
endif
endif
ifneq ($(WEBP),0)
DEFINES  += -DBF_WEBP
else
WEBP_LIBS :=
endif
ifneq ($(SAN),)
# Instrumented frames are larger than the ones that are limited.
SANFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-frame-larger-than
endif
# Sanitizers make the compiler see dangers that are none: there warnings stay warnings.
ifneq ($(WERROR),)
WARN += $(if $(SAN),,-Werror)
endif
# Asserts are on where bugs are looked for.
ifneq ($(WERROR)$(SAN),)
WARN += -UNDEBUG
endif
FLAGS = $(DEFINES) $(CFLAGS) $(NUMERICS) $(LAYOUT) $(WARN) $(SANFLAGS) -MMD -MP

# --- one kernel source, one object per ISA; flags by file name --------------------------------------------
ISAS_x86_64      := avx512 avx2 fma scalar
ISAS_aarch64     := neon scalar
ISAS_riscv64     := scalar
ISAS             := $(ISAS_$(ARCH))
# (Big-endian machines have names of their own: aarch64_be, s390x. What flags make of a machine deps.sh looks at.)
ifneq ($(filter-out help clean deps uninstall,$(or $(MAKECMDGOALS),all)),)
ifneq ($(TARGET),)
ifeq ($(strip $(ISAS)),)
$(error bonafide has no kernels for $(ARCH): $(CC) builds for $(TARGET), and x86_64, aarch64 and riscv64 can be built for)
endif
endif
endif
ISA_FLAGS_scalar :=
ISA_FLAGS_fma    := -mfma
ISA_FLAGS_avx2   := -mavx2 -mfma
ISA_FLAGS_avx512 := -mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma
ISA_FLAGS_neon   :=
ifneq ($(SAN),)
# Where each multiply-add is code of its own, checks in every copy of it cost the compiler minutes at -O2.
ISA_FLAGS_scalar += -O1
ISA_FLAGS_fma    += -O1
endif

# --- sources: the rooms are the lines of tests/lint/layers.txt, nothing is found by recursion -----------------
ROOMS    := $(shell grep '^[a-z]' tests/lint/layers.txt)
sources   = $(wildcard $(addsuffix /*.c,$(filter $(1) $(1)/%,$(ROOMS))))
named     = $(foreach file,$(2),$(if $(filter $(1),$(notdir $(file))),$(file)))
ISA_SRC  := $(ISAS:%=engine/kernels/isa_%.c)
ENGINE   := $(filter-out engine/kernels/isa_%.c %.inc.c,$(call sources,engine)) $(ISA_SRC)
CONVERT  := $(call sources,weights)
METRICS  := $(call sources,metrics)
# (tools/mpi is outside the libraries: see MPI below.)
TOOLS    := $(filter-out tools/mpi/%,$(call sources,tools))
MAINS    := $(call named,main_%,$(TOOLS))
TOOLLIB  := $(filter-out $(MAINS),$(TOOLS))
obj       = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

# The build's name, for --version and manifests: the packager's, the commit's, or "release" where there is neither. No
# date and nothing of this machine: the same source and compiler give the same program.
BUILD_ID := $(or $(BONAFIDE_BUILD_ID),$(if $(wildcard .git),$(shell git describe --always --dirty --tags --abbrev=12 2>/dev/null)),$(shell sed 1q third_party/made_from.txt 2>/dev/null),release)

LIBFEAT  := $(BUILD)/libfeat.a
LIBGMET := $(BUILD)/libgmet.a
LIBTOOL := $(BUILD)/libtool.a
PROGS   := $(patsubst main_%.c,$(BUILD)/bin/%,$(notdir $(MAINS)))
ALLOBJ  := $(call obj,$(ENGINE) $(CONVERT) $(METRICS) $(TOOLS))

Q := $(if $(V),,@)
.PHONY: all help deps demo weights clean FORCE
# (The sanitizers' symbols come with a program, so there is no shared library of its own with them.)
all: $(LIBFEAT) $(LIBGMET) $(PROGS) $(if $(SAN),,shared)

help:
	@echo "make            build the libraries and the programs into $(BUILD)"
	@echo "make demo       do the main job once: install what is missing, fetch photographs and weights, compare two sets"
	@echo "make test       build and run every test (installs libstb-dev, libjsmn-dev, libwebp-dev, libcmocka-dev when they are missing)"
	@echo "make weights    get the published FID weights: bonafide weights get (FROM=file.pth: at hand; NETWORK=vgg16, ...: others; OUT=file.iv3)"
	@echo "make install    into PREFIX=$(PREFIX), under DESTDIR; make uninstall takes it away again"
	@echo "make static     one static program, $(STATIC)"
	@echo "make wheel      for pip: program, library and Python module in one file, into $(DIST)"
	@echo "make sdist      source archive with the headers of stb and jsmn inside, for make and pip, into $(DIST)"
	@echo "make deb        Debian packages, into $(BUILD)/deb"
	@echo "make docs       manual pages and shell completions, into $(BUILD)/docs"
	@echo "make deps       only install the build and test dependencies"
	@echo "make unit | cli | lint | deps-test | install-test | static-test | deb-test    one part of make test"
	@echo "make wheel-test the wheel and the source archive, built twice and installed by pip"
	@echo "make check T=test_zip        one test program; T=tools/formats: those of tests/tools/formats; several in quotes"
	@echo "make check CLI=judge_agree   one command-line test; CLI=judge: those of tests/cli/judge"
	@echo "make test-san   unit tests under AddressSanitizer and UndefinedBehaviorSanitizer"
	@echo "make promise    renews the lists of what users lean on, after a change that is meant (tools/package/PROMISE.md)"
	@echo "make matrix     the same bits from every compiler, -O level, kernel table, thread count and batch size"
	@echo "make machines   musl and riscv64 (under qemu) build and give the same bits"
	@echo "make msan       the readers of images under MemorySanitizer (needs clang)"
	@echo "make fuzz       libFuzzer on every reader of foreign files (SECONDS=60 each, TARGETS='image zip ...'; needs clang)"
	@echo "make replay     the inputs that fuzzing has left in tests/fuzz/corpus, once each; part of make unit"
	@echo "make nightly    the slow checks: clang, valgrind, every fault, 100,000 images, threads under TSan, NEON under qemu"
	@echo "make verify-weights    published weight files and numbers that depend on them, where WEIGHTS_DIR has them; names what it lacks"
	@echo "make audit-security  what each input may do, with the tests that hold it to that, which are run (two minutes)"
	@echo "make mutants    flips one operator of the metrics at a time and tells which no test notices (FLIPS=40 SEED=1; half an hour)"
	@echo "make coverage   the lines and branches of engine, weights and metrics that the tests run, as gcov counts (an hour and more)"
	@echo "make bench      build and run the benchmarks"
	@echo "make clean      remove build/"
	@echo "make MPI=1      also bonafide-mpi, for clusters (needs mpicc: libopenmpi-dev, openmpi-bin); make mpi-test tests it"
	@echo "options: CC=clang|musl-gcc CROSS=aarch64-linux-gnu-|riscv64-linux-gnu- SAN=address,undefined CFLAGS=... WEBP=0 WERROR=1 V=1 BUILD=dir JOBS=n"
	@echo "         BONAFIDE_BUILD_ID=name (packagers: what --version and manifests call the build, instead of the commit)"

# --- dependencies ---------------------------------------------------------------------------------------
# What the libraries need, and what all needs; where else a header may lie comes after a |.
LIBC_DEPS := machine header:stdio.h$(if $(CROSS),:libc6-dev-$(DEBIAN_$(ARCH))-cross) \
             header:linux/audit.h$(if $(CROSS),:linux-libc-dev-$(DEBIAN_$(ARCH))-cross)
LIB_DEPS  := $(LIBC_DEPS) 'header:stb/stb_image_write.h|stb_image_write.h' 'header:jsmn.h|jsmn/jsmn.h' \
             $(if $(WEBP_LIBS),header:webp/demux.h)
TEST_DEPS := header:cmocka.h
DEPS       = CC='$(CC)' CPPFLAGS='$(CPPFLAGS) $(strip $(OTHERS))' CFLAGS='$(CFLAGS)' sh tools/package/deps.sh
deps:
	@$(BORROW)
	@$(DEPS) $(LIB_DEPS) $(TEST_DEPS)

# Looked for once per build directory and before the first file is compiled, so that a missing package is one clear line
# and not a compiler's. Who wants the libraries alone is asked for the C library alone.
HEADERS := $(BUILD)/headers$(if $(filter-out shared %/libfeat.a %/libgmet.a,$(or $(MAKECMDGOALS),all)),,_libc).ok
$(HEADERS):
	@mkdir -p $(@D)
	@$(BORROW)
	@$(DEPS) --check $(if $(filter %_libc.ok,$@),$(LIBC_DEPS),$(LIB_DEPS)) && touch $@
# Of the machine's headers: the kernel's, stb and jsmn.
BORROW = $(if $(MUSL),mkdir -p $(BUILD)/borrowed && for name in linux asm-generic asm stb jsmn.h; do for from in \
         /usr/include/$$name /usr/include/$(ARCH)-linux-gnu/$$name; do [ ! -e $$from ] || ln -sfn $$from $(BUILD)/borrowed/$$name; \
         done; done,:)

# --- compiling -----------------------------------------------------------------------------------------
STAMP := $(BUILD)/flags.txt
$(STAMP): FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(CC) $(FLAGS) $(CPPFLAGS) $(LDFLAGS)' | cmp -s - $@ || \
	    echo '$(CC) $(FLAGS) $(CPPFLAGS) $(LDFLAGS)' > $@

$(BUILD)/build_id.txt: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(BUILD_ID)' | cmp -s - $@ || echo '$(BUILD_ID)' > $@
$(BUILD)/obj/tools/base/build_id.o: $(BUILD)/build_id.txt

$(BUILD)/obj/%.o: %.c $(STAMP) | $(HEADERS)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)$(CC) $(CPPFLAGS) $(FLAGS) $(ISA_FLAGS) $(SIZE_FLAGS) $(OWN_FLAGS) -c $< -o $@

$(LIBFEAT):  $(call obj,$(ENGINE))
$(LIBGMET): $(call obj,$(METRICS))
$(LIBTOOL): $(call obj,$(TOOLLIB) $(CONVERT))
$(LIBFEAT) $(LIBGMET) $(LIBTOOL):
	@echo "  AR   $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

LINK = @mkdir -p $(@D); echo "  LINK $@"; \
       $(CC) $(FLAGS) $(LDFLAGS) -Wl,--gc-sections $(filter %.o,$^) $(filter %.a,$^) $(TESTLIBS) $(WEBP_LIBS) $(LDLIBS) -pthread -lm -o $@
LIBS := $(LIBTOOL) $(LIBGMET) $(LIBFEAT)
$(foreach main,$(MAINS),$(eval $(patsubst main_%.c,$(BUILD)/bin/%,$(notdir $(main))): $(call obj,$(main))))
$(PROGS): $(LIBS) ; $(LINK)

# The build for clusters: make MPI=1. Its files are outside the libraries, so that nothing else knows of MPI.
MPICC ?= mpicc
ifneq ($(MPI),)
all: $(BUILD)/bin/bonafide-mpi
MPIOBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tools/mpi/*.c))
$(MPIOBJ): $(BUILD)/obj/%.o: %.c $(STAMP) | $(HEADERS)
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(Q)OMPI_CC='$(CC)' MPICH_CC='$(CC)' $(MPICC) $(CPPFLAGS) $(FLAGS) -Wno-cast-qual -c $< -o $@
$(BUILD)/bin/bonafide-mpi: $(MPIOBJ) $(LIBS)
	@mkdir -p $(@D); echo "  LINK $@"
	$(Q)OMPI_CC='$(CC)' MPICH_CC='$(CC)' $(MPICC) $(FLAGS) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(WEBP_LIBS) \
	    $(LDLIBS) -pthread -lm -o $@
endif

# --- the newcomer's job, and weights ----------------------------------------------------------------------
demo: deps
	@$(SUBMAKE) all
	@CC='$(CC)' WEIGHTS='$(WEIGHTS)' sh tools/demo/demo.sh $(BUILD)/bin

weights: deps
	@$(SUBMAKE) all
	@$(BUILD)/bin/bonafide weights get $(NETWORK) $(if $(FROM),--from '$(FROM)') $(if $(OUT),-o '$(OUT)')

# --- flags of single objects ------------------------------------------------------------------------------
$(BUILD)/obj/tools/base/build_id.o: private OWN_FLAGS := -DBONAFIDE_BUILD_ID='"$(BUILD_ID)"'
$(call obj,$(TOOLS) $(CONVERT)): SIZE_FLAGS = $(SMALL)
ifeq ($(ARCH),x86_64)
# For CPUs without FMA: the emulation in every tile is 115 KB more with -O3, and a quarter faster.
$(BUILD)/obj/engine/kernels/isa_scalar.o: SIZE_FLAGS = $(SMALL)
$(BUILD)/obj/engine/kernels/isa_fma.o: SIZE_FLAGS = $(if $(SMALL),-O2)
endif
$(BUILD)/obj/engine/kernels/isa_%.o: ISA_FLAGS = $(ISA_FLAGS_$(patsubst isa_%.o,%,$(notdir $@)))
# Run once, when a model or a judge's reference is made, or around the fits of a judge; what takes time in them is in
# kernels and in other files.
$(call obj,engine/net/compile.c engine/net/load.c engine/net/model.c engine/net/isa_mask.c engine/net/plan.c \
       metrics/judge/judge_cv.c metrics/judge/judge_ref.c): SIZE_FLAGS = $(SMALL)
# The engine itself reads weights only; what else engine/files can read is small, as in the tools.
$(call obj,$(addprefix engine/files/,archive.c inflate_tables.c npy_read.c npy_write.c)): SIZE_FLAGS = $(SMALL)
# Decoding is what takes time in the tools. (With more than -O2 inflate and PNG are larger and no faster.)
$(call obj,$(call named,decode_jpeg%,$(TOOLS))): SIZE_FLAGS =
$(call obj,engine/files/inflate.c engine/files/adler32.c $(call named,decode_png%,$(TOOLS))): SIZE_FLAGS = $(if $(SMALL),-O2)
# stb_image_write shifts bits into the sign of its int buffer; gcc and clang define that. (private: the stamp, a
# prerequisite, must not see it.)
$(BUILD)/obj/tools/photos/encode.o: private SANFLAGS += -fno-sanitize=shift
# No input reaches the kernels that a reader has not checked; instrumenting them takes longer than all the rest.
ifneq ($(findstring fuzzer,$(SAN)),)
$(BUILD)/obj/engine/kernels/%.o: private SANFLAGS :=
endif

include tests/tests.mk
include bench/bench.mk
include tools/package/package.mk

clean:
	rm -rf build

.SECONDARY: $(ALLOBJ)
-include $(ALLOBJ:.o=.d) $(MPIOBJ:.o=.d)
