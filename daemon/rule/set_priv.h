/* The set's inside, for its loader and its matcher. */
#pragma once

#include <stdatomic.h>

#include "daemon/rule/prefilter_priv.h"
#include "daemon/rule/rights_priv.h"
#include "daemon/rule/rule_priv.h"

struct rule_set {
    atomic_uint holders;
    uint8_t source[SHA256_SIZE]; /* see rule_files_digest; of before the files were read */
    uint8_t rules[SHA256_SIZE];  /* SHA-256 over the bytes of rules and rights holders */
    struct rule_body **bodies;   /* owned; by flowbits_turn_of, among each in order of sid */
    size_t count;
    uint64_t steps;
    struct prefilter *prefilter;
    struct datasets *datasets;
    struct rights *rights;
    struct text_list files; /* that rules were read from */
    char digest[SHA256_HEX_SIZE];
    bool uses_flowbits;
    bool asks_fingerprints;
    bool asks_labels;
    uint64_t flowbits_names; /* see flowbits_digest */
};
