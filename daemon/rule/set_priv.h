/* The set's inside, for its loader and its matcher. */
#pragma once

#include "daemon/rule/rights_priv.h"
#include "daemon/rule/rule_priv.h"

struct rule_set {
    struct rule_body **bodies; /* owned; by flowbits_turn_of, among each in order of sid */
    size_t count;
    size_t pcre_count;
    uint64_t steps;
    struct prefilter *prefilter;
    struct datasets *datasets;
    struct rights *rights;
    char **files; /* owned names */
    size_t file_count;
    char digest[SHA256_HEX_SIZE];
    bool uses_flowbits;
    uint64_t flowbits_names; /* see flowbits_digest */
};
