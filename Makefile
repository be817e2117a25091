# vigie: `make` builds build/vigied and build/vigiectl; CONTRIBUTING.md tells the rest.
#
# Objects lie under $(BUILD), one archive a stage; a unit test in tests/unit/<stage>/ links its stage and
# the stages below it, never those above: what does not link has an include that points up.

BUILD ?= build
CC ?= cc
SANITIZE ?=
WERROR ?=

VERSION := $(shell cat VERSION)
STAGES := base capture decode flow app rule verdict control sink
PACKAGES := libpcap libndpi libevent hiredis libhs zlib yaml-0.1 libpsl libidn2 libgcrypt jansson
ifeq ($(shell pkg-config --exists libsystemd && echo yes),yes)
PACKAGES += libsystemd
FEATURES += -DHAVE_LIBSYSTEMD
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wundef
ifneq ($(WERROR)$(CI),)
WARNINGS += -Werror
endif
OPTIMISE ?= -O2 -g
HARDEN ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
ifneq ($(SANITIZE),)
OPTIMISE := -O1 -g -fno-omit-frame-pointer
HARDEN := -fPIE -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
endif
# -isystem: nDPI's and libbpf's headers are not clean under our warnings.
PACKAGE_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES)))
PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES))
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVIGIE_VERSION='"$(VERSION)"' $(FEATURES) -Iinclude -I. \
             $(WARNINGS) $(OPTIMISE) $(HARDEN) $(PACKAGE_CFLAGS) -pthread $(CFLAGS)
ALL_LDFLAGS = -pthread -pie -Wl,-z,relro,-z,now $(HARDEN) $(LDFLAGS)

# A stage's objects from its folder's sources.
objects_of = $(patsubst %.c,$(BUILD)/%.o,$(wildcard daemon/$(1)/*.c))
archive_of = $(BUILD)/lib$(1).a
# The archives that code of a stage may use: its own first, then those below it, topmost first.
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
up_to = $(call reverse,$(wordlist 1,$(call next,$(words $(shell echo " $(STAGES) " | sed 's/ $(1) .*//'))),$(STAGES)))
next = $(shell expr $(1) + 1)
ARCHIVES := $(foreach stage,$(STAGES),$(call archive_of,$(stage)))
ARCHIVES_TOP_FIRST := $(call reverse,$(ARCHIVES))

.PHONY: all
all: $(BUILD)/vigied $(BUILD)/vigiectl

VIGIED_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard daemon/*.c))
PIPELINE_OBJECTS := $(filter-out $(BUILD)/daemon/vigied.o,$(VIGIED_OBJECTS))
$(BUILD)/vigied: $(VIGIED_OBJECTS) $(ARCHIVES)
	@echo "LINK $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $(VIGIED_OBJECTS) -Wl,--start-group $(ARCHIVES_TOP_FIRST) -Wl,--end-group $(PACKAGE_LIBS)

$(BUILD)/vigiectl: $(call objects_of,ctl) $(ARCHIVES)
	@echo "LINK $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $(call objects_of,ctl) -Wl,--start-group $(ARCHIVES_TOP_FIRST) -Wl,--end-group $(PACKAGE_LIBS)

define stage_rules
$(call archive_of,$(1)): $(call objects_of,$(1))
	@rm -f $$@ && $(AR) rcs $$@ $$^
UNIT_TESTS_$(1) := $$(patsubst tests/unit/%.c,$(BUILD)/unit/%,$$(wildcard tests/unit/$(1)/test_*.c))
$$(UNIT_TESTS_$(1)): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(foreach s,$(call up_to,$(1)),$(call archive_of,$(s)))
	@mkdir -p $$(@D) && echo "LINK $$@"
	@$(CC) $(ALL_LDFLAGS) -o $$@ $$^ $(PACKAGE_LIBS) -lcmocka
.PHONY: unit-$(1)
unit-$(1): $$(UNIT_TESTS_$(1))
	@for test in $$^; do $$$$test || exit 1; done
endef
$(foreach stage,$(STAGES),$(eval $(call stage_rules,$(stage))))
UNIT_TESTS := $(foreach stage,$(STAGES),$(UNIT_TESTS_$(stage)))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D) && echo "CC   $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The version stands in objects: a new one rebuilds those that print it.
$(BUILD)/daemon/vigied.o: VERSION

# Fuzz targets: clang's libFuzzer with ASan and UBSan, everything compiled anew for it.
FUZZ_BUILD := $(BUILD)/fuzz
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LIBRARY_SOURCES := $(foreach stage,$(STAGES),$(wildcard daemon/$(stage)/*.c))
FUZZ_OBJECTS := $(patsubst %.c,$(FUZZ_BUILD)/%.o,$(FUZZ_LIBRARY_SOURCES))
FUZZ_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVIGIE_VERSION='"$(VERSION)"' $(FEATURES) -Iinclude -I. $(PACKAGE_CFLAGS) \
              -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_SECONDS ?= 10
FUZZ_LONG_SECONDS ?= 120
$(FUZZ_BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@clang $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<
$(FUZZ_BUILD)/libvigie.a: $(FUZZ_OBJECTS)
	@rm -f $@ && ar rcs $@ $^
$(FUZZ_BUILD)/fuzz_%: $(FUZZ_BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_BUILD)/libvigie.a
	@echo "LINK $@"
	@clang -fsanitize=fuzzer,address,undefined -o $@ $^ $(PACKAGE_LIBS) -pthread
.PHONY: fuzz-build fuzz-smoke fuzz-long
fuzz-build: $(addprefix $(FUZZ_BUILD)/,$(FUZZ_TARGETS))
fuzz-smoke: fuzz-build
	@tests/fuzz.sh $(FUZZ_BUILD) $(FUZZ_SECONDS)
fuzz-long: fuzz-build
	@tests/fuzz.sh $(FUZZ_BUILD) $(FUZZ_LONG_SECONDS)

SOURCES := $(shell find daemon include tests -name '*.[ch]')
.PHONY: format format-check clean
format:
	@clang-format -i $(SOURCES)
format-check:
	@clang-format --dry-run --Werror $(SOURCES)
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.SECONDARY:
