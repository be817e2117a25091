#!/usr/bin/env python3
"""Writes daemon/app/title_table.c: what each character beyond ASCII is in a title that is compared.

usage: make_title_table.py > daemon/app/title_table.c && clang-format -i daemon/app/title_table.c

Source: the Unicode Character Database as Python's unicodedata has it (decompositions, names, categories; its version
stands in the file). A character becomes what its compatibility decomposition (NFKD) is, case-folded and without
accents; letters that have no decomposition become what their name says they are made of; invisible characters become
nothing; what lists draw with becomes a blank or the sign of a separator.
"""
import re
import sys
import unicodedata

# Where letters have Latin, Greek, Cyrillic, Hebrew or Arabic forms, and where lists take their drawings from. Marks of
# other scripts are part of their words and stay. Left out: what no list writes names in, as Arabic ligatures of whole
# words, mathematical and polytonic Greek, fractions.
BLOCKS = [(0x80, 0x52F), (0x590, 0x6FF), (0x1AB0, 0x1AFF), (0x1D00, 0x1EFF), (0x2000, 0x214F), (0x2160, 0x2BFF), (0x2C60, 0x2C7F), (0x2DE0, 0x2E7F), (0x3000, 0x303F),
          (0xA66F, 0xA67D), (0xA720, 0xA7FF), (0xE000, 0xF8FF), (0xFB00, 0xFB06), (0xFB50, 0xFBB1), (0xFBFC, 0xFBFF),
          (0xFE00, 0xFF5E), (0xFFE0, 0xFFFD), (0x10780, 0x107BF), (0x1D400, 0x1D6A5), (0x1D7CE, 0x1D7FF),
          (0x1F000, 0x1F1FF), (0x1F300, 0x1FAFF), (0xE0000, 0xE01EF)]
# Elsewhere a letter is changed only where it becomes one of ASCII.
ALPHABETS = [(0x370, 0x52F), (0x620, 0x6D3), (0xFB50, 0xFEFC)]
DRAWINGS = [(0x2190, 0x2BFF), (0x1F000, 0x1F0FF), (0x1F18A, 0x1F1E5), (0x1F300, 0x1FAFF)]  # also those to come
MARKS = [(0x300, 0x36F), (0x483, 0x489), (0x591, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670),
         (0x6D6, 0x6ED), (0x8D3, 0x8FF), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0x2DE0, 0x2DFF),
         (0xA66F, 0xA67D), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xE0100, 0xE01EF)]
SEPARATORS = set("¦•·∙‣●○◦◉»«›‹➤➜➔➝➞➟➠➡➢➣→►▶▸⇒⇨❘❙❚▎▍▌▏▕│┃║╎┆┊﹕：︱∣⁞⋮")
ALONE = {0x131: "i", 0x130: "i", 0xDF: "ss", 0x1E9E: "ss", 0x18F: "e", 0x259: "e", 0xF0: "d", 0xD0: "d", 0xFE: "th",
         0xDE: "th", 0x14A: "n", 0x14B: "n", 0x138: "k", 0x153: "oe", 0x152: "oe", 0xE6: "ae", 0xC6: "ae",
         0x2018: "'", 0x2019: "'", 0x201B: "'", 0x2BC: "'", 0xB4: "'", 0x2044: "/", 0x2215: "/", 0x2795: "+", 0x271A: "+",
         0x6CC: "ي", 0x649: "ي", 0x6A9: "ك", 0x6C1: "ه", 0x640: "", 0xAD: "", 0x2120: " ", 0x2122: " ", 0xA9: " ", 0xAE: " "}
NAMED = re.compile(r"(?:MODIFIER LETTER |LATIN )(?:SMALL LETTER |CAPITAL LETTER |LETTER )?(?:SMALL )?"
                   r"(?:CAPITAL )?(?:LETTER )?(?:DOTLESS )?([A-Z])(?: WITH .*)?")
BOXED = re.compile(r"(?:NEGATIVE |TORTOISE SHELL BRACKETED |CIRCLED ITALIC |PARENTHESIZED |CROSSED )?"
                   r"(?:CIRCLED |SQUARED |PARENTHESIZED )?LATIN (?:CAPITAL|SMALL) LETTER ([A-Z])")


def within(code, ranges):
    return any(first <= code <= last for first, last in ranges)


def symbol(code):
    """What a character that is neither letter, digit nor mark becomes."""
    character, kind = chr(code), unicodedata.category(chr(code))
    if character in SEPARATORS:
        return "|"
    if kind in ("Cf", "Cc") or 0x1F1E6 <= code <= 0x1F1FF:
        return "" if kind == "Cf" or code > 0xFF else " "
    return {"Pd": "-", "Ps": "(", "Pe": ")"}.get(kind, " ")


def fold(code):
    """The text that stands for a character, and whether it is a letter above the line or a small capital."""
    character = chr(code)
    name = unicodedata.name(character, "")
    if code in ALONE:
        return ALONE[code], False
    if within(code, MARKS):
        return "", False
    if 0xE000 <= code <= 0xF8FF:
        return " ", False
    if not name and unicodedata.category(character) != "Cc":
        return " " if within(code, DRAWINGS) else character, False
    boxed = BOXED.fullmatch(name)
    if boxed:
        return boxed[1].lower(), False
    if character in SEPARATORS or 0x1F1E6 <= code <= 0x1F1FF:
        return symbol(code), False
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    out = ""
    for part in plain:
        kind = unicodedata.category(part)
        if ord(part) in ALONE:
            out += ALONE[ord(part)]
        elif within(ord(part), MARKS):
            continue
        elif kind == "Nd":
            out += str(unicodedata.digit(part))
        elif kind[0] in "LNM":
            named = NAMED.fullmatch(unicodedata.name(part, ""))
            out += named[1].lower() if named and ord(part) > 0x7F else part
        elif part == "+":
            out += part
        elif part in ":|_.":
            out += "|" if part in ":|" else " "
        elif ord(part) < 0x80:
            out += "-" if part == "-" else part if part in "()'/& " else " "
        else:
            out += symbol(ord(part))
    if len(out) > 1 and unicodedata.decomposition(character).startswith(("<square>", "<compat>", "<circle>")):
        out = out.strip("() ") or out
    if unicodedata.category(character)[0] == "S" and not any(part.isalnum() or part == "+" for part in out):
        out = symbol(code)
    above = unicodedata.decomposition(character).startswith("<super>") or "SMALL CAPITAL" in name
    return out, above and len(out) == 1 and out.isascii() and out.isalpha() and code not in (0xAA, 0xBA)


def mapping():
    rows = {}
    for first, last in BLOCKS:
        for code in range(first, last + 1):
            if 0xD800 <= code <= 0xDFFF:
                continue
            text, above = fold(code)
            text = re.sub(" +", " ", text)
            numbers = len(text) > 1 and not re.search("[^0-9(). /]", text)
            if text != chr(code) and not numbers and (text.isascii() or within(code, ALPHABETS)):
                rows[code] = (text, above)
    return rows


def run_length(rows, code, fits):
    end = code
    while end in rows and fits(end):
        end += 1
    return end - code


def runs(rows):
    """(first, last, how, argument, above), each the longest that one way of writing gives."""
    codes, at = sorted(rows), 0
    long = {code for code in codes if run_length(rows, code, lambda c: rows[c] == rows[code] and c < code + 24) == 24}
    while at < len(codes):
        code = codes[at]
        text, above = rows[code]
        same = run_length(rows, code, lambda c: rows[c] == (text, above))
        letters = run_length(rows, code, lambda c: c not in long and rows[c][1] == above and len(rows[c][0]) == 1 and
                             rows[c][0].isascii())
        shift = ord(text) - code if len(text) == 1 else None
        shifted = 0 if shift is None else run_length(
            rows, code, lambda c: rows[c][1] == above and len(rows[c][0]) == 1 and ord(rows[c][0]) == c + shift)
        pairs = 0
        while code + pairs in rows and rows[code + pairs] == (chr(code + pairs + 1), False) and code + pairs + 1 not in rows:
            pairs += 2
        best = max(same, letters, shifted, pairs if pairs > 2 else 0)
        if pairs == best:
            yield code, code + pairs - 1, "TITLE_PAIRS", 1, False
            last = code + pairs - 1
        elif same == best:
            yield code, code + same - 1, "TITLE_TEXT", text, above
            last = code + same - 1
        elif shifted == best:
            yield code, code + shifted - 1, "TITLE_SHIFT", shift, above
            last = code + shifted - 1
        else:
            yield code, code + letters - 1, "TITLE_LETTERS", "".join(rows[code + i][0] for i in range(letters)), above
            last = code + letters - 1
        while at < len(codes) and codes[at] <= last:
            at += 1


def quoted(text):
    """A C string; the bytes of UTF-8 as octal escapes, which end after three digits."""
    return '"' + "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else
                         "".join(f"\\{byte:03o}" for byte in c.encode()) for c in text) + '"'


def main():
    out = [f"""/*
 * What characters beyond ASCII are in a title that is compared. Made by tests/tools/make_title_table.py out of the
 * Unicode Character Database, version {unicodedata.unidata_version}: not edited by hand. Rows are in order and apart.
 */
#include "base/attr.h"
#include "daemon/app/title_priv.h"

const struct title_row title_rows[] = {{"""]
    for first, last, how, argument, above in runs(mapping()):
        value = f", .text = {quoted(argument)}" if isinstance(argument, str) else f", .shift = {argument}"
        out.append(f"    {{0x{first:x}, 0x{last:x}, {how}{', .above = true' if above else ''}{value}}},")
    out.append("};\n\nconst size_t title_row_count = ARRAY_COUNT(title_rows);")
    print("\n".join(out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
