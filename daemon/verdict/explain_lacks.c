/* --explain: what a service lacks for the next level, and for a block. */
#include "daemon/verdict/explain_priv.h"

#include <inttypes.h>

void explain_next_level(const struct score *score, FILE *out)
{
    static const uint8_t thresholds[] = {SCORE_OBSERVED, SCORE_SUSPECTED, SCORE_CONFIRMED};
    if (score->level == LEVEL_CONFIRMED) {
        return;
    }
    enum level next = (enum level)(score->level + 1);
    fprintf(out, "  for %s it lacks:", level_name(next));
    const char *between = "";
    if (score->united < thresholds[score->level]) {
        fprintf(out, " %u points of score (%u of %u)", thresholds[score->level] - score->united,
                score->united, thresholds[score->level]);
        between = ";";
    }
    if (next == LEVEL_CONFIRMED && score->proof_groups < 2) {
        fprintf(out, "%s independent proof (%u reasons of 2)", between, score->proof_groups);
        between = ";";
    }
    if (next == LEVEL_CONFIRMED && score->content_groups == 0 && score->structural_groups < 2) {
        fprintf(out, "%s content evidence, or structural signs (%u of 2)", between, score->structural_groups);
    }
    fputc('\n', out);
}

static void print_time(int64_t duration_us, FILE *out)
{
    int64_t seconds = duration_us / TIME_SECOND;
    fprintf(out, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
}

/* A block rests on what somebody asked for: what that alone makes. */
static void print_asked(const struct verdict *verdict, const struct view *view, FILE *out)
{
    struct score asked;
    view_score(verdict, view, SCORE_ASKED, &asked);
    fprintf(out, " (what was asked for makes %s, score %u)", level_name(asked.level), asked.score);
}

static void print_basis(const struct verdict *verdict, const struct score *score, FILE *out)
{
    fprintf(out, " (%u reasons with pay channels, %u with structural signs", score->content_groups,
            score->structural_groups);
    if (!block_has_basis(verdict, BASIS_CONTENT)) {
        fputs(", but block.basis does not name content", out);
    } else {
        fputs("; it wants both, of two reasons", out);
    }
    fputc(')', out);
}

/* The numbers behind a reason that has some. */
static void print_measure(const struct verdict *verdict, const struct view *view, const struct score *score,
                          size_t reason, FILE *out)
{
    switch (reason) {
    case REASON_NO_ANSWER:
        print_asked(verdict, view, out);
        break;
    case REASON_NO_BASIS:
        print_basis(verdict, score, out);
        break;
    case REASON_FEW_CLIENTS:
        fprintf(out, " (%" PRIu64 " of %" PRIu64 ")", block_count_clients(view),
                verdict->settings.block_min_clients);
        break;
    case REASON_TOO_YOUNG:
        fputs(" (", out);
        print_time(verdict->now_us - view->facts.first_us, out);
        fputs(" of ", out);
        print_time(verdict->settings.block_min_age, out);
        fputc(')', out);
        break;
    case REASON_WATCH:
        fputs(" (", out);
        print_time(verdict->now_us - view->own->address->first_us, out);
        fputs(" of ", out);
        print_time(verdict->settings.block_min_watch, out);
        fputc(')', out);
        break;
    case REASON_SHARED:
        fprintf(out, " (%" PRIu32 ")", address_record_other_names(view->own->address, view->own->key.name));
        break;
    default:
        break;
    }
}

static void print_reasons(const struct verdict *verdict, const struct view *view, const struct score *score,
                          const char *head, uint32_t reasons, FILE *out)
{
    const char *between = head;
    for (size_t reason = REASON_NONE + 1; reason < BLOCK_REASON_COUNT; reason++) {
        if ((reasons >> reason & 1) != 0) {
            fprintf(out, "%s%s", between, block_reason_name((enum block_reason)reason));
            print_measure(verdict, view, score, reason, out);
            between = "; ";
        }
    }
    if (reasons != 0) {
        fputc('\n', out);
    }
}

void explain_block(const struct verdict *verdict, const struct view *view, const struct score *score,
                   FILE *out)
{
    struct block_judgement block;
    block_judge(verdict, view, score, &block);
    if (block.eligible) {
        fprintf(out, "  block: eligible by %s, on the basis of %s\n", block_scope_name(block.scope),
                block_basis_name(block.basis));
        return;
    }
    fprintf(out, "  block: not eligible\n");
    print_reasons(verdict, view, score, "    against it: ", block.against, out);
    print_reasons(verdict, view, score, "    against its address and port: ", block.against_address, out);
    if (view->own->key.name[0] != '\0') {
        print_reasons(verdict, view, score, "    against its name: ", block.against_name, out);
    }
}
