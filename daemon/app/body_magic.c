/* Signatures of binary bodies: pictures, sound and film, archives and programs. */
#include "base/attr.h"
#include "daemon/app/body_kind_priv.h"

/* Bytes at fixed places. `second` stands where one part is not enough to tell. */
struct magic_part {
    size_t at;
    const char *bytes;
    size_t len;
};

struct magic {
    struct magic_part first;
    struct magic_part second;
};

#define PART(place, text)                                                                                    \
    {                                                                                                        \
        .at = (place), .bytes = (text), .len = sizeof(text) - 1                                              \
    }

static enum signature_match match_part(struct slice first, const struct magic_part *part)
{
    struct slice wanted = slice_make(part->bytes, part->len);
    struct slice there = slice_part(first, part->at, part->len);
    if (slice_equal(there, wanted)) {
        return SIGNATURE_YES;
    }
    return there.len < wanted.len && slice_starts(wanted, there) ? SIGNATURE_MAYBE : SIGNATURE_NO;
}

static enum signature_match match_magic(struct slice first, const struct magic *magic)
{
    enum signature_match match = match_part(first, &magic->first);
    if (match == SIGNATURE_NO || magic->second.len == 0) {
        return match;
    }
    enum signature_match second = match_part(first, &magic->second);
    return second == SIGNATURE_YES ? match : second;
}

static enum signature_match match_any(struct slice first, bool complete, const struct magic *magics,
                                      size_t count)
{
    enum signature_match best = SIGNATURE_NO;
    for (size_t i = 0; i < count; i++) {
        enum signature_match match = match_magic(first, &magics[i]);
        if (match == SIGNATURE_YES) {
            return SIGNATURE_YES;
        }
        best = match == SIGNATURE_MAYBE ? match : best;
    }
    return complete ? SIGNATURE_NO : best;
}

static const struct magic images[] = {
    {.first = PART(0, "\x89PNG")},
    {.first = PART(0, "\xff\xd8\xff")}, /* JPEG */
    {.first = PART(0, "GIF87a")},
    {.first = PART(0, "GIF89a")},
    {.first = PART(0, "RIFF"), .second = PART(8, "WEBP")},
    {.first = PART(0, "BM"), .second = PART(6, "\0\0\0\0")}, /* its reserved words */
    {.first = PART(0, "\0\0\1\0"), .second = PART(5, "\0")}, /* a list of fewer than 256 icons */
    {.first = PART(0, "II*\0")},
    {.first = PART(0, "MM\0*")},
    {.first = PART(4, "ftypavif")},
    {.first = PART(4, "ftypheic")},
};

static const struct magic media[] = {
    {.first = PART(4, "ftyp")}, /* ISO/IEC 14496-12, and fragments of it */
    {.first = PART(4, "styp")},
    {.first = PART(4, "moov")},
    {.first = PART(4, "moof")},
    {.first = PART(4, "sidx")},
    {.first = PART(4, "mdat")},
    {.first = PART(0, "\x1a\x45\xdf\xa3")}, /* Matroska */
    {.first = PART(0, "RIFF"), .second = PART(8, "AVI ")},
    {.first = PART(0, "RIFF"), .second = PART(8, "WAVE")},
    {.first = PART(0, "FLV\x01")},
    {.first = PART(0, "OggS")},
    {.first = PART(0, "fLaC")},
    {.first = PART(0, "ID3"), .second = PART(4, "\0")},     /* MPEG audio behind its tag */
    {.first = PART(0, "\0\0\1\xba")},                       /* MPEG program stream */
    {.first = PART(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11")}, /* ASF */
    {.first = PART(0, ".RMF")},
};

static const struct magic archives[] = {
    {.first = PART(0, "PK\x03\x04")},
    {.first = PART(0, "PK\x05\x06")},
    {.first = PART(0, "\x1f\x8b\x08")}, /* gzip */
    {.first = PART(0, "BZh"), .second = PART(4, "1AY&SY")},
    {.first = PART(0, "\xfd"
                      "7zXZ\0")},
    {.first = PART(0, "7z\xbc\xaf\x27\x1c")},
    {.first = PART(0, "Rar!\x1a\x07")},
    {.first = PART(0, "\x28\xb5\x2f\xfd")}, /* zstd */
    {.first = PART(257, "ustar")},
    {.first = PART(0, "MSCF\0\0\0\0")},
    {.first = PART(0, "!<arch>\n")},
    {.first = PART(0, "\x7f"
                      "ELF")},
    {.first = PART(0, "dex\n")},
    {.first = PART(0, "\xca\xfe\xba\xbe")},
    {.first = PART(0, "\xfe\xed\xfa")}, /* Mach-O */
    {.first = PART(0, "\xcf\xfa\xed\xfe")},
    {.first = PART(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")}, /* compound files: MSI, old documents */
};

enum signature_match body_match_image(struct slice first, bool complete)
{
    return match_any(first, complete, images, ARRAY_COUNT(images));
}

/*
 * A frame header of MPEG audio (ISO/IEC 11172-3, 2.4.1.3) or ADTS (ISO/IEC 13818-7): eleven or twelve set
 * bits, then fields that have forbidden values. Layer I is left out: nobody sends it, and a UTF-16 byte order
 * mark looks like it.
 */
static enum signature_match match_audio_frame(struct slice first, bool complete)
{
    if (first.len > 0 && first.data[0] != 0xff) {
        return SIGNATURE_NO;
    }
    if (first.len < 3) {
        return complete ? SIGNATURE_NO : SIGNATURE_MAYBE;
    }
    unsigned layer = first.data[1] >> 1 & 3;
    unsigned version = first.data[1] >> 3 & 3;
    if (layer == 0) {
        unsigned frequency = first.data[2] >> 2 & 15;
        return (first.data[1] & 0xf0) == 0xf0 && frequency < 13 ? SIGNATURE_YES : SIGNATURE_NO;
    }
    unsigned rate = first.data[2] >> 4;
    unsigned frequency = first.data[2] >> 2 & 3;
    bool valid = (first.data[1] & 0xe0) == 0xe0 && layer != 3 && version != 1 && rate != 15 && rate != 0 &&
                 frequency != 3;
    return valid ? SIGNATURE_YES : SIGNATURE_NO;
}

enum signature_match body_match_media(struct slice first, bool complete)
{
    enum signature_match frame = match_audio_frame(first, complete);
    if (frame != SIGNATURE_NO) {
        return frame;
    }
    return match_any(first, complete, media, ARRAY_COUNT(media));
}

/* A DOS or Windows program: MZ, and within its header bytes that no text has. */
static enum signature_match match_program(struct slice first, bool complete)
{
    enum { HEADER = 64 };
    static const struct magic_part mark = PART(0, "MZ");
    if (match_part(first, &mark) == SIGNATURE_NO) {
        return SIGNATURE_NO;
    }
    if (slice_index(slice_part(first, mark.len, HEADER - mark.len), '\0') != SIZE_MAX) {
        return SIGNATURE_YES;
    }
    return complete || first.len >= HEADER ? SIGNATURE_NO : SIGNATURE_MAYBE;
}

enum signature_match body_match_archive(struct slice first, bool complete)
{
    enum signature_match program = match_program(first, complete);
    if (program != SIGNATURE_NO) {
        return program;
    }
    return match_any(first, complete, archives, ARRAY_COUNT(archives));
}
