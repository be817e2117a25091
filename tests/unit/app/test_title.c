/* app/title: one name out of many spellings, in every alphabet, whatever the bytes are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "daemon/app/title_priv.h"

struct pair {
    const char *title;
    const char *name;
};

static void assert_names(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct title_name name;
        title_normalise(slice_text(pairs[i].title), &name);
        char text[TITLE_NAME_MAX + 1];
        memcpy(text, name.bytes, name.len);
        text[name.len] = '\0';
        assert_string_equal(text, pairs[i].name);
    }
}

static void letters_become_plain(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"DAZN 1", "dazn 1"},
        {"DAZN 1 ᶠᴴᴰ", "dazn 1"},
        {"SKY CINEMA ⁴ᴷ ᴿᴬᵂ ⱽᴵᴾ", "sky cinema"},
        {"ꜱᴋʏ ꜱᴘᴏʀᴛꜱ ꜰ1", "sky sports f1"},
        {"𝐃𝐀𝐙𝐍 𝟏", "dazn 1"},
        {"𝓓𝓐𝓩𝓝 𝟙", "dazn 1"},
        {"ＤＡＺＮ　１", "dazn 1"},
        {"ⒹⒶⓏⓃ ①", "dazn 1"},
        {"🅳🅰🆉🅽 1", "dazn 1"},
        {"🄳🄰🅉🄽 1", "dazn 1"},
        {"🅓🅐🅩🅝 1", "dazn 1"},
        {"⒟⒜⒵⒩ 1", "dazn 1"},
        {"ﬁlm", "film"},
        {"CANAL⁺ SPORT", "canal+ sport"},
        {"Barça TV", "barca tv"},
        {"Ligue des champions à Łódź", "ligue des champions a lodz"},
        {"Straße Ærø Œuvre Ðorđe", "strasse aero oeuvre dorde"},
        {"İDMAN ı I", "idman i i"},
        {"T\xe9l\xe9"
         "foot",
         "telefoot"},
    };
    assert_names(pairs, ARRAY_COUNT(pairs));
}

/* А, Е, О, Р, С, Т and others of Cyrillic, Α, Ν, Ζ and others of Greek look Latin. */
static void twins_are_judged_by_word_and_title(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"DАZN 1", "dazn 1"},         /* a Cyrillic А */
        {"DΑΖΝ 1", "dazn 1"},         /* Greek behind a Latin D */
        {"SКY SРОRТS", "sky sports"}, /* Cyrillic К, Р, О, Т */
        {"ЕSРN 2", "espn 2"},         /* Cyrillic Е, Р */
        {"ΤΝΤ SΡΟRΤS", "tnt sports"}, /* Greek */
        {"ТНТ", "tht"},               /* twins only, and nothing real beside them */
        {"МАТЧ ТВ", "матч тв"},       /* Ч is real: so is ТВ */
        {"Матч! Футбол 1", "матч футбол 1"},
        {"ОККО Спорт", "окко спорт"},
        {"ОККО", "okko"},
        {"RU | ОККО Спорт HD", "окко спорт"},
        {"НТВ-ПЛЮС Ёлка Й", "нтв плюс елка и"},
        {"ΝΟΒΑ ΣΠΟΡ 1", "νοβα σπορ 1"},
        {"Κοσμοτέ Σπορ Άλφα ς", "κοσμοτε σπορ αλφα σ"},
        {"GR: COSMOTE SPORT 1 HD", "cosmote sport 1"},
        {"بي إن سبورت ١", "بي ان سبورت 1"},
        {"أبوظبي الرياضية ٢ HD", "ابوظبي الرياضية 2"},
        {"ﺑﻲ ﺍﻥ", "بي ان"}, /* presentation forms */
        {"بـــي", "بي"},    /* drawn long */
        {"ערוץ הספורט", "ערוץ הספורט"},
        {"ช่อง 3", "ช่อง 3"},
        {"体育频道", "体育频道"},
    };
    assert_names(pairs, ARRAY_COUNT(pairs));
}

static void drawings_and_invisible_characters_go(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"D\xe2\x80\x8b"
         "A\xe2\x80\x8d"
         "Z\xef\xbb\xbf"
         "N\xe2\x81\xa0 1",
         "dazn 1"},
        {"DAZN\xef\xb8\x8f 1", "dazn 1"},
        {"◉ DAZN", "dazn"},
        {"★ DAZN 1 ★ HD+", "dazn 1"},
        {"⚽DAZN⚽1🔥", "dazn 1"},
        {"🇪🇸 DAZN 1", "dazn 1"},
        {"▎┃DAZN 1", "dazn 1"},
        {"##### DAZN PPV #####", "dazn ppv"},
        {"DAZN_1", "dazn 1"},
        {"dazn.1:x", "dazn 1 x"},
        {"  a   b  ", "a b"},
        {"D\xcc\x81"
         "AZN",
         "dazn"},
        {"", ""},
        {"####", ""},
        {"★★★", ""},
        {"\xe2\x80\x8b", ""},
    };
    assert_names(pairs, ARRAY_COUNT(pairs));
}

static void prefixes_go(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"ES| DAZN 1", "dazn 1"},
        {"|ES| DAZN 1", "dazn 1"},
        {"ES: DAZN 1", "dazn 1"},
        {"[ES] DAZN 1", "dazn 1"},
        {"(SP) DAZN 1", "dazn 1"},
        {"ES - DAZN 1", "dazn 1"},
        {"ES-DAZN 1", "dazn 1"},
        {"ES • DAZN 1", "dazn 1"},
        {"ES » DAZN 1", "dazn 1"},
        {"ES ➤ DAZN 1", "dazn 1"},
        {"VIP | ES: DAZN 1", "dazn 1"},
        {"FHD | ES: DAZN 1", "dazn 1"},
        {"VIP|4K|FR| DAZN 1", "dazn 1"},
        {"IT:Dazn_1_HD", "dazn 1"},
        {"It- Sky Sport MotoGP HD", "sky sport motogp"},
        {"EX-YU: Arena Sport 1", "arena sport 1"},
        {"|EXYU| Arena Sport 1", "arena sport 1"},
        {"ᴱˢ | DAZN 1", "dazn 1"},
        {"SPAIN | DAZN 1", "dazn 1"},
        {"--|FR SPORT|--", "fr sport"},
        {"LA-LIGA TV", "la liga tv"}, /* a hyphen within a name */
        {"BE-IN 1", "be in 1"},
        {"TEST DAZN 1 ES", "test dazn 1 es"},
        {"UK |", "uk"},
        {"F1 | Race", "f1 race"},
        {"M+ | LaLiga", "movistar+ laliga"},
    };
    assert_names(pairs, ARRAY_COUNT(pairs));
}

static void suffixes_go(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"DAZN 1 FHD 50FPS BACKUP", "dazn 1"},
        {"DAZN 1 FHD50", "dazn 1"},
        {"DAZN 1 1080 50", "dazn 1"},
        {"DAZN 1 1080p 50 fps", "dazn 1"},
        {"DAZN 1 bk2", "dazn 1"},
        {"DAZN 1 (2)", "dazn 1"},
        {"DAZN 1 [ES]", "dazn 1"},
        {"DAZN 1 (720p)", "dazn 1"},
        {"DAZN 1 H.265", "dazn 1"},
        {"DAZN 1 HEVC H 265 UHD 4K", "dazn 1"},
        {"CANAL+ SPORT Full HD", "canal+ sport"},
        {"CANAL+ HD", "canal+"},
        {"CANAL + HD +", "canal+"},
        {"Sport TV 2", "sport tv 2"}, /* a number that is the channel's */
        {"HD", "hd"},
        {"4K HD", "4k"},
        {"NFL NETWORK(USA)", "nfl network"},
        {"MOVISTAR MOTOGP(SPA)", "movistar+ motogp spa"},
    };
    assert_names(pairs, ARRAY_COUNT(pairs));
    struct title_name name;
    title_normalise(slice_text("DAZN 1 FHD"), &name);
    assert_true(name.quality && !name.superscript);
    title_normalise(slice_text("DAZN 1 ᶠᴴᴰ"), &name);
    assert_true(name.quality && name.superscript);
    title_normalise(slice_text("DAZN 1 (ES)"), &name);
    assert_true(!name.quality);
    title_normalise(slice_text("SKY™ 1ª"), &name);
    assert_true(!name.quality && !name.superscript);
}

/* Each word of the list is found: it is searched as a sorted one. */
static void all_qualities_go(void **state)
{
    (void)state;
    static const char *const words[] = {
        "1080",  "1080i", "1080p", "1080p50", "1440p", "2160p", "25fps",  "30fps", "480p", "4k",   "50fps",
        "576p",  "60fps", "720",   "720p",    "8k",    "alt",   "avc",    "bk",    "fhd",  "fps",  "backup",
        "fhd50", "fhd60", "h264",  "h265",    "hd",    "hd50",  "fullhd", "hd60",  "hdr",  "hevc", "hdr10",
        "hq",    "lq",    "raw",   "sd",      "uhd",   "uhd50", "uhd60",  "vip",   "x264", "x265", "ultrahd",
    };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        char title[32];
        (void)snprintf(title, sizeof title, "Sport 3 %s", words[i]);
        struct title_name name;
        title_normalise(slice_text(title), &name);
        assert_true(name.quality && slice_equal(title_name_slice(&name), slice_text("sport 3")));
    }
}

static void all_names_of_countries_go(void **state)
{
    (void)state;
    static const char *const words[] = {
        "Africa", "Albania", "Arabic",  "Belgium", "Brasil",  "Brazil",   "Canada",   "Denmark",
        "Espana", "England", "Finland", "France",  "Germany", "Greece",   "India",    "Italia",
        "Italy",  "Latino",  "Mexico",  "Norway",  "Poland",  "Portugal", "Polska",   "Romania",
        "Russia", "Spain",   "Sweden",  "Turkey",  "Turkiye", "Ukraine",  "VIP | 8K", "LQ | RAW | HDR",
    };
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        char title[32];
        (void)snprintf(title, sizeof title, "%s | Sport 3", words[i]);
        struct title_name name;
        title_normalise(slice_text(title), &name);
        assert_true(slice_equal(title_name_slice(&name), slice_text("sport 3")));
    }
}

static void brands_have_one_spelling(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {"DANZ 1", "dazn 1"},
        {"DANZ1", "dazn1"},
        {"DANZIG TV", "danzig tv"},
        {"D A Z N 1", "dazn 1"},
        {"M T V", "mtv"},
        {"S SPORT 2", "s sport 2"},
        {"FR:Canal Plus Cinema", "canal+ cinema"},
        {"Canal + Sport FR", "canal+ sport fr"},
        {"C+ DECALE", "canal+ decale"},
        {"CANAL+SPORT", "canal+ sport"},
        {"CanalPlus", "canal+"},
        {"Canal 4", "canal 4"},
        {"M. LaLiga", "movistar+ laliga"},
        {"M+ LALIGA", "movistar+ laliga"},
        {"M+LALIGA", "movistar+ laliga"},
        {"M LaLiga TV", "movistar+ laliga tv"},
        {"M 6", "m 6"},
        {"MOV DEPORTES 2", "movistar+ deportes 2"},
        {"Movistar Plus+ Vamos", "movistar+ vamos"},
        {"MOVISTAR + GOLF", "movistar+ golf"},
        {"Movistar Liga de Campeones", "movistar+ liga de campeones"},
        {"#VAMOS", "vamos"},
        {"MOVIE TIME", "movie time"},
    };
    assert_names(pairs, ARRAY_COUNT(pairs));
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    enum { SIZE = 4096 };
    uint8_t *block = malloc(SIZE);
    assert_non_null(block);
    static const char *const units[] = {"a",    "a ",  "\xf0\x9d\x90\x83", "\xef\xbb\xbf", "\xff", "m+ ",
                                        "ES| ", "HD ", "\xd0\x90"};
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        size_t len = strlen(units[i]);
        for (size_t at = 0; at < SIZE; at++) {
            block[at] = (uint8_t)units[i][at % len];
        }
        for (size_t size = 0; size <= SIZE; size += size < 700 ? 1 : 97) {
            struct title_name name;
            title_normalise(slice_make(block + SIZE - size, size), &name);
            assert_true(name.len <= sizeof name.bytes);
        }
    }
    free(block);
}

static void rows_are_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < title_row_count; i++) {
        const struct title_row *row = &title_rows[i];
        assert_true(row->first >= 0x80 && row->first <= row->last);
        assert_true(i == 0 || title_rows[i - 1].last < row->first);
        assert_true(row->how != TITLE_LETTERS || strlen(row->text) == row->last - row->first + 1);
        assert_true(row->how != TITLE_TEXT || row->text != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_become_plain),
        cmocka_unit_test(twins_are_judged_by_word_and_title),
        cmocka_unit_test(drawings_and_invisible_characters_go),
        cmocka_unit_test(prefixes_go),
        cmocka_unit_test(suffixes_go),
        cmocka_unit_test(all_qualities_go),
        cmocka_unit_test(all_names_of_countries_go),
        cmocka_unit_test(brands_have_one_spelling),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(rows_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
