/*
 * Certificates (RFC 5280, section 4.1), as servers send them in clear up to TLS 1.2: who it is for, by whom,
 * how long. Signatures are not checked; what stands behind the fields that are read is not looked at.
 */
#include "base/hash.h"
#include "daemon/app/der_priv.h"
#include "daemon/app/tls_priv.h"

static unsigned two_digits(struct cur *cur)
{
    unsigned value = 0;
    for (size_t i = 0; i < 2; i++) {
        uint8_t digit = cur_u8(cur);
        if (digit < '0' || digit > '9') {
            cur_fail(cur);
        }
        value = 10 * value + (digit - (unsigned)'0');
    }
    return value;
}

/* Days from 1970-01-01 in the Gregorian calendar; years are counted from March, so that leap days come last.
 */
static int64_t days_to(int64_t year, int64_t month, int64_t day)
{
    enum { DAYS_OF_ERA = 146097, YEARS_OF_ERA = 400, EPOCH = 719468 };
    year -= month <= 2;
    int64_t era = year / YEARS_OF_ERA;
    int64_t year_of_era = year % YEARS_OF_ERA;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * DAYS_OF_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH;
}

/* YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, in UTC (RFC 5280, section 4.1.2.5). */
static int64_t read_time(struct cur *validity)
{
    enum { CENTURY_TURN = 50, MINUTE = 60, HOUR = 3600, DAY = 86400 };
    struct slice text;
    uint8_t tag = der_any(validity, &text);
    if (tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME) {
        cur_fail(validity);
        return 0;
    }
    struct cur cur = cur_make(text);
    unsigned century = tag == DER_GENERALIZED_TIME ? two_digits(&cur) : 0;
    unsigned year = two_digits(&cur);
    if (tag == DER_UTC_TIME) {
        century = year < CENTURY_TURN ? 20 : 19;
    }
    unsigned month = two_digits(&cur);
    unsigned day = two_digits(&cur);
    unsigned hour = two_digits(&cur);
    unsigned minute = two_digits(&cur);
    unsigned second = two_digits(&cur);
    bool in_range =
        month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 61;
    if (cur_u8(&cur) != 'Z' || !cur_ok(&cur) || cur.left > 0 || !in_range) {
        cur_fail(validity);
        return 0;
    }
    return days_to(100 * (int64_t)century + year, month, day) * DAY + hour * HOUR + minute * MINUTE + second;
}

static void read_names(struct cur names, struct tls_certificate *certificate)
{
    struct slice content = der_take(&names, DER_SEQUENCE);
    struct slice rest = content;
    struct slice name;
    certificate->has_names = tls_certificate_next_name(&rest, &name);
    certificate->names = content;
}

/* Extensions, of which only subjectAltName (2.5.29.17) is read. */
static void read_extensions(struct cur *fields, struct tls_certificate *certificate)
{
    static const uint8_t alternative_name[] = {0x55, 0x1d, 0x11};
    struct slice wrapped = slice_make(NULL, 0); /* a certificate of version 1 has none */
    while (fields->left > 0 && !der_take_optional(fields, DER_CONTEXT_3, &wrapped)) {
        (void)der_any(fields, &wrapped); /* unique identifiers */
        wrapped = slice_make(NULL, 0);
    }
    if (!cur_ok(fields) || wrapped.len == 0) {
        return;
    }
    struct cur outer = cur_make(wrapped);
    struct cur list = cur_make(der_take(&outer, DER_SEQUENCE));
    while (list.left > 0) {
        struct cur extension = cur_make(der_take(&list, DER_SEQUENCE));
        struct slice oid = der_take(&extension, DER_OID);
        struct slice critical;
        (void)der_take_optional(&extension, DER_BOOLEAN, &critical);
        struct slice value = der_take(&extension, DER_OCTET_STRING);
        if (slice_equal(oid, slice_make(alternative_name, sizeof alternative_name)) && cur_ok(&extension)) {
            read_names(cur_make(value), certificate);
        }
    }
}

bool tls_certificate_next_name(struct slice *names, struct slice *name)
{
    struct cur cur = cur_make(*names);
    bool found = false;
    while (cur.left > 0 && !found) {
        found = der_any(&cur, name) == DER_DNS_NAME;
    }
    *names = cur_rest(&cur);
    return found;
}

bool tls_certificate_parse(struct slice der, struct tls_certificate *certificate)
{
    *certificate = (struct tls_certificate){0};
    struct cur whole = cur_make(der);
    struct cur signed_part = cur_make(der_take(&whole, DER_SEQUENCE));
    struct cur fields = cur_make(der_take(&signed_part, DER_SEQUENCE));
    struct slice version;
    (void)der_take_optional(&fields, DER_CONTEXT_0, &version);
    (void)der_take(&fields, DER_INTEGER);
    (void)der_take(&fields, DER_SEQUENCE); /* the signature's algorithm */
    struct slice issuer = der_take(&fields, DER_SEQUENCE);
    struct cur validity = cur_make(der_take(&fields, DER_SEQUENCE));
    struct slice subject = der_take(&fields, DER_SEQUENCE);
    (void)der_take(&fields, DER_SEQUENCE); /* the key */
    if (!cur_ok(&fields)) {
        return false;
    }
    certificate->not_before = read_time(&validity);
    certificate->not_after = read_time(&validity);
    struct slice common_name;
    bool good = cur_ok(&validity) &&
                tls_distinguished_name(subject, certificate->subject, &certificate->common_name) &&
                tls_distinguished_name(issuer, certificate->issuer, &common_name);
    if (!good) {
        return false;
    }
    certificate->self_signed = slice_equal(issuer, subject);
    read_extensions(&fields, certificate);
    uint8_t digest[SHA256_SIZE];
    sha256(der, digest);
    hex_print(digest, sizeof digest, certificate->sha256);
    return true;
}
