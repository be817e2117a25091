/*
 * Versions of QUIC whose Initial packets can be read. The salts stand in section 5.2 of the TLS drafts and of
 * RFC 9001, and in section 3.3 of RFC 9369 and its drafts. Facebook's versions (mvfst) are drafts under
 * numbers of its own; Google's have salts of their own, and number frames as Google's QUIC did before there
 * was an IETF's.
 */
#include "app/quic.h"
#include "base/attr.h"

/* The names of the salts are those of the first draft that has it. */
static const uint8_t salt_22[] = {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
                                  0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a};
static const uint8_t salt_23[] = {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                                  0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02};
static const uint8_t salt_29[] = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                                  0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99};
static const uint8_t salt_v1[] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                  0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
static const uint8_t salt_v2_draft[] = {0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
                                        0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3};
static const uint8_t salt_v2[] = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                                  0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};
static const uint8_t salt_q050[] = {0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94,
                                    0x5c, 0xfc, 0xdb, 0xd3, 0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45};
static const uint8_t salt_t050[] = {0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80,
                                    0x30, 0x4c, 0x43, 0xa2, 0x36, 0x7c, 0x60, 0x48, 0x83, 0x10};
static const uint8_t salt_t051[] = {0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50,
                                    0x6c, 0x19, 0x12, 0x4f, 0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d};

_Static_assert(sizeof salt_22 == QUIC_SALT_BYTES && sizeof salt_23 == QUIC_SALT_BYTES &&
                   sizeof salt_29 == QUIC_SALT_BYTES && sizeof salt_v1 == QUIC_SALT_BYTES &&
                   sizeof salt_v2 == QUIC_SALT_BYTES && sizeof salt_v2_draft == QUIC_SALT_BYTES &&
                   sizeof salt_q050 == QUIC_SALT_BYTES && sizeof salt_t050 == QUIC_SALT_BYTES &&
                   sizeof salt_t051 == QUIC_SALT_BYTES,
               "salts have one length");

struct row {
    uint32_t first;
    uint32_t last;
    struct quic_rules rules;
};

static const struct row rows[] = {
    {QUIC_V1, QUIC_V1, {.salt = salt_v1}},
    {QUIC_V2, QUIC_V2, {.salt = salt_v2, .labels_2 = true, .types_2 = true}},
    {QUIC_DRAFT_29, QUIC_DRAFT_32, {.salt = salt_29}},
    {QUIC_DRAFT_33, QUIC_DRAFT_34, {.salt = salt_v1}},
    {QUIC_DRAFT_23, QUIC_DRAFT_28, {.salt = salt_23}},
    {QUIC_DRAFT_22, QUIC_DRAFT_22, {.salt = salt_22}},
    {QUIC_V2_DRAFT_00, QUIC_V2_DRAFT_00, {.salt = salt_v2_draft, .labels_2 = true}},
    {QUIC_V2_DRAFT_01, QUIC_V2_DRAFT_01, {.salt = salt_v2_draft, .labels_2 = true, .types_2 = true}},
    {QUIC_MVFST_22, QUIC_MVFST_22, {.salt = salt_22}},
    {QUIC_MVFST_27, QUIC_MVFST_27, {.salt = salt_23}},
    {QUIC_MVFST_TRIAL, QUIC_MVFST_TRIAL, {.salt = salt_23}},
    {QUIC_Q050, QUIC_Q050, {.salt = salt_q050, .frames_google = true, .hello_google = true}},
    {QUIC_T050, QUIC_T050, {.salt = salt_t050, .frames_google = true}},
    {QUIC_T051, QUIC_T051, {.salt = salt_t051, .frames_google = true}},
};

/* RFC 9000, section 15: clients take these to make a server negotiate the version. */
static bool is_reserved(uint32_t version)
{
    return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

static const struct quic_rules *find(uint32_t version)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (version >= rows[i].first && version <= rows[i].last) {
            return &rows[i].rules;
        }
    }
    return NULL;
}

const struct quic_rules *quic_rules_of(uint32_t version, unsigned attempt)
{
    static const uint32_t spoken[] = {QUIC_V1, QUIC_DRAFT_29};
    if (!is_reserved(version)) {
        return attempt == 0 ? find(version) : NULL;
    }
    return attempt < ARRAY_COUNT(spoken) ? find(spoken[attempt]) : NULL;
}
