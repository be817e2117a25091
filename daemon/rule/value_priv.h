/* What a match shows: the masked text of evidence (value.c). */
#pragma once

#include "daemon/rule/rule_priv.h"

void value_fill(const struct rule_body *body, const struct rule_view *view, const struct mask_span *spans,
                size_t count, char out[RULE_VALUE_SIZE]);
