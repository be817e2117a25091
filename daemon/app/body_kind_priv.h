/* Between the judgement of bodies (body_kind.c) and their signatures (body_text.c, body_magic.c). */
#pragma once

#include "base/slice.h"

/* So many bytes are always enough to tell; no signature looks at more. */
enum { BODY_KIND_ENOUGH = 1024 };

/* MAYBE: more bytes are needed to tell; never the answer where `complete` says that none will be looked at.
 */
enum signature_match { SIGNATURE_NO, SIGNATURE_MAYBE, SIGNATURE_YES };

/* Takes PHP's messages off the front of `*text`: YES where what remains begins with none. */
enum signature_match body_skip_notices(struct slice *text, bool complete);

enum signature_match body_match_m3u(struct slice first, bool complete);
enum signature_match body_match_json(struct slice first, bool complete);
/* A page, also as XHTML behind an XML prolog. */
enum signature_match body_match_html(struct slice first, bool complete);
/* Anything else in angle brackets. */
enum signature_match body_match_xml(struct slice first, bool complete);
enum signature_match body_match_image(struct slice first, bool complete);
enum signature_match body_match_media(struct slice first, bool complete);
enum signature_match body_match_archive(struct slice first, bool complete);
