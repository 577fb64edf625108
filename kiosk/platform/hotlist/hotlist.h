/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The hotlist's versions: each change of the list is one more, signed as a delta; now and then the whole list is built as a file
 * with a signed manifest. Versions only grow.
 */
#ifndef PLATFORM_HOTLIST_H
#define PLATFORM_HOTLIST_H

#include "model/hotlist.h"
#include "platform/platform.h"
#include "store/hotfile.h"

#define HOTLIST_TAKE_OFF (-1)
struct hotlist_change {
    uint64_t mark;
    int reason; /* or HOTLIST_TAKE_OFF */
};

/**
 * Inside a transaction: make these changes (GArray of struct hotlist_change, sorted here; the later of two counts) the next version.
 * What changes nothing makes none. *version is the newest then.
 */
bool hotlist_publish(struct platform *platform, GArray *changes, int64_t now_ms, int64_t *version, GError **error);
/** A card was reported lost: its state and a new version, in a transaction of its own. */
bool hotlist_card_lost(struct platform *platform, const char *card_number, int64_t now_ms, int64_t *version,
                       GError **error);
/** Inside a transaction: lost, or found again (two people said so: persons/two.c, persons/cards.c). One that was replaced stays as it is: an error. */
bool hotlist_card_tell(struct platform *platform, const char *card_number, bool lost, int64_t now_ms, int64_t *version, GError **error);
/** Inside a transaction: the card of this token is on the list as replaced, for ever. */
bool hotlist_card_replaced(struct platform *platform, const char *token, int64_t now_ms, int64_t *version, GError **error);
/**
 * A line each: a card's number (16 or 19 digits) or token (32 hex digits), and a reason ("lost" when there is none); with - before
 * it is taken off the list. Each line has its end: a file that was torn is refused as a whole. All of them are one version. *lines: how many there were. In many short
 * transactions, so that kiosks are served meanwhile; one that was stopped goes on when the same file is given again.
 */
bool hotlist_import(struct platform *platform, const char *path, int64_t now_ms, int64_t *version, int64_t *lines,
                    GError **error);

/** Outside of a transaction: move what an import published into the list, in many short ones. Nobody has to: the list is right before. */
bool hotlist_settle(struct platform *platform, GError **error);
/** Inside a transaction: somebody told of this card, who knows better than a file that is being imported. `changed`: it was not so before. */
bool hotlist_import_heard(struct db *db, uint64_t mark, int reason, bool changed, GError **error);

/** hotlist.c, for imports. The newest head, computed when it is of an older program (*renew: it must be told by one more version). */
bool hotlist_head_of(struct db *db, struct hotlist_head *head, bool *renew, GError **error);
/** Rising, each mark once: of several changes the last one given. */
void hotlist_changes_sort(GArray *changes);
/** `count` changes lead to it; they are in `changes` when a delta can tell them. */
bool hotlist_version_add(struct platform *platform, const GArray *changes, int64_t count, const struct hotlist_head *head,
                         GError **error);

/** Outside of a transaction: build the file when deltas have grown beyond it or do not reach it, and forget what is old. */
bool hotlist_tend(struct platform *platform, int64_t now_ms, GError **error);

/** The file of a version, g_free. */
char *hotlist_path(const struct platform *platform, int64_t version);

#endif
