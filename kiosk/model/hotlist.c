/* SPDX-License-Identifier: Apache-2.0 */
#include "model/hotlist.h"
#include "model/model-internal.h"

#include <string.h>

static const char *const REASONS[HOTLIST_REASONS] = {"lost",    "stolen", "suspended", "replaced",
                                                     "expired", "fraud",  "other"};

const char *hotlist_reason_name(int reason)
{
    return REASONS[reason >= 0 && reason < HOTLIST_REASONS ? reason : HOTLIST_OTHER];
}

bool hotlist_reason_parse(const char *name, enum hotlist_reason *out)
{
    for (int i = 0; i < HOTLIST_REASONS; i++) {
        if (strcmp(name, REASONS[i]) == 0) {
            *out = (enum hotlist_reason)i;
            return true;
        }
    }
    return false;
}

/* ---- Marks -------------------------------------------------------------------------------------------------------- */

bool hotlist_mark_parse(const char *text, uint64_t *mark)
{
    uint64_t value = 0;

    for (int i = 0; i < HOTLIST_MARK_DIGITS; i++) {
        if (!g_ascii_isdigit(text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
            return false;
        value = value << 4 | (uint64_t)g_ascii_xdigit_value(text[i]);
    }
    *mark = value;
    return true;
}

bool hotlist_mark_of_token(const char *token, uint64_t *mark)
{
    uint64_t rest;

    return token != NULL && strlen(token) == 2 * HOTLIST_MARK_DIGITS && hotlist_mark_parse(token, mark) &&
           hotlist_mark_parse(token + HOTLIST_MARK_DIGITS, &rest);
}

void hotlist_mark_format(uint64_t mark, char out[HOTLIST_MARK_DIGITS + 1])
{
    static const char HEX[] = "0123456789abcdef";

    for (int i = HOTLIST_MARK_DIGITS - 1; i >= 0; i--, mark >>= 4)
        out[i] = HEX[mark & 15];
    out[HOTLIST_MARK_DIGITS] = '\0';
}

static void put_u64(uint8_t out[8], uint64_t value)
{
    value = GUINT64_TO_BE(value);
    memcpy(out, &value, sizeof value);
}

static uint64_t get_u64(const uint8_t bytes[8])
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return GUINT64_FROM_BE(value);
}

/* ---- Digest ------------------------------------------------------------------------------------------------------- */

static void sha256(const uint8_t *bytes, size_t len, uint8_t out[32])
{
    unsigned out_len = 0;

    if (EVP_Digest(bytes, len, out, &out_len, model_sha256(), NULL) != 1 || out_len != 32)
        g_error("OpenSSL: SHA-256 failed");
}

static void entry_hash(uint64_t mark, uint8_t reason, uint8_t hash[32])
{
    uint8_t bytes[4 + 8 + 1] = "SCH1";

    put_u64(bytes + 4, mark);
    bytes[12] = reason;
    sha256(bytes, sizeof bytes, hash);
}

void hotlist_digest_sum(uint8_t digest[32], const uint8_t hash[32])
{
    unsigned carry = 0;

    for (int i = 24; i >= 0; i -= 8) {
        uint64_t left = get_u64(digest + i), sum = left + get_u64(hash + i);
        unsigned over = sum < left;

        sum += carry;
        carry = over | (sum < carry);
        put_u64(digest + i, sum);
    }
}

void hotlist_digest_add(uint8_t digest[32], uint64_t mark, uint8_t reason)
{
    uint8_t hash[32];

    entry_hash(mark, reason, hash);
    hotlist_digest_sum(digest, hash);
}

void hotlist_digest_remove(uint8_t digest[32], uint64_t mark, uint8_t reason)
{
    uint8_t hash[32];
    unsigned borrow = 0;

    entry_hash(mark, reason, hash);
    for (int i = 24; i >= 0; i -= 8) {
        uint64_t left = get_u64(digest + i), right = get_u64(hash + i), rest = left - right - borrow;

        borrow = left < right || (borrow && left == right);
        put_u64(digest + i, rest);
    }
}

/* ---- Shape -------------------------------------------------------------------------------------------------------- */

static unsigned log2_floor(uint64_t value)
{
    return 63u - (unsigned)__builtin_clzll(value);
}

/* Buckets of 64 to 127 entries. The best Rice parameter for random gaps of mean m is floor(log2(m · ln 2)) or one more
 * (A. Kiely, IPN Progress Report 42-159); m = 2⁶⁴ / n. */
struct hotlist_shape hotlist_shape_of(int64_t count)
{
    struct hotlist_shape shape = {0, 63};

    if (count >= 128)
        shape.bucket_bits = log2_floor((uint64_t)count / 64);
    if (count >= 1)
        shape.rice = log2_floor(UINT64_MAX / (uint64_t)count / 1000 * 693);
    return shape;
}

/* ---- Bits --------------------------------------------------------------------------------------------------------- */

struct bits_out {
    uint8_t *bytes;
    size_t size, len;
    uint64_t word; /* `held` bits that are not written yet, at its low end */
    unsigned held;
    bool full;
};

static void flush_bytes(struct bits_out *out)
{
    while (out->held >= 8) {
        if (out->len == out->size) {
            out->full = true;
            out->held = 0;
            return;
        }
        out->held -= 8;
        out->bytes[out->len++] = (uint8_t)(out->word >> out->held);
    }
}

/* At most 32 bits at once. */
static void put_bits(struct bits_out *out, uint64_t value, unsigned count)
{
    out->word = out->word << count | (value & ((UINT64_C(1) << count) - 1));
    out->held += count;
    flush_bytes(out);
}

static void put_ones(struct bits_out *out, uint64_t count)
{
    for (; count > 0 && !out->full; count -= MIN(count, 32))
        put_bits(out, UINT64_MAX, (unsigned)MIN(count, 32));
}

static void put_rice(struct bits_out *out, uint64_t gap, unsigned rice)
{
    put_ones(out, gap >> rice);
    put_bits(out, 0, 1);
    if (rice > 32)
        put_bits(out, gap >> 32, rice - 32);
    put_bits(out, gap, MIN(rice, 32));
}

struct bits_in {
    const uint8_t *bytes;
    size_t len, at; /* next byte */
    uint64_t word;  /* `held` bits at its top */
    unsigned held;
};

static void refill(struct bits_in *in)
{
    while (in->held <= 56 && in->at < in->len) {
        in->word |= (uint64_t)in->bytes[in->at++] << (56 - in->held);
        in->held += 8;
    }
}

/* Ones up to a zero, which is taken too. False when the input ends before it. */
static bool get_unary(struct bits_in *in, uint64_t *count)
{
    *count = 0;
    for (;;) {
        refill(in);
        unsigned ones = ~in->word == 0 ? 64 : (unsigned)__builtin_clzll(~in->word);
        if (ones < in->held) {
            *count += ones;
            in->word = ones == 63 ? 0 : in->word << (ones + 1);
            in->held -= ones + 1;
            return true;
        }
        *count += in->held;
        in->word = 0;
        in->held = 0;
        if (in->at == in->len)
            return false;
    }
}

/* At most 32 bits. */
static bool get_bits(struct bits_in *in, unsigned count, uint64_t *value)
{
    refill(in);
    if (in->held < count)
        return false;
    *value = count == 0 ? 0 : in->word >> (64 - count);
    in->word <<= count;
    in->held -= count;
    return true;
}

/* 1 a gap, 0 the end (fewer than eight ones are left), −1 damaged. */
static int get_rice(struct bits_in *in, unsigned rice, uint64_t *gap)
{
    uint64_t quotient, high = 0, low;

    if (!get_unary(in, &quotient))
        return quotient < 8 ? 0 : -1;
    if ((rice > 32 && !get_bits(in, rice - 32, &high)) || !get_bits(in, MIN(rice, 32), &low) ||
        quotient > UINT64_MAX >> rice)
        return -1;
    *gap = quotient << rice | high << 32 | low;
    return 1;
}

/* ---- Buckets ------------------------------------------------------------------------------------------------------ */

static void checksum(int64_t version, uint64_t number, const uint8_t *bytes, size_t len, uint8_t out[4])
{
    uint8_t head[16], hash[32];
    unsigned hash_len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    put_u64(head, (uint64_t)version);
    put_u64(head + 8, number);
    if (context == NULL || EVP_DigestInit_ex2(context, model_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(context, head, sizeof head) != 1 || EVP_DigestUpdate(context, bytes, len) != 1 ||
        EVP_DigestFinal_ex(context, hash, &hash_len) != 1)
        g_error("OpenSSL: SHA-256 failed");
    EVP_MD_CTX_free(context);
    memcpy(out, hash, 4);
}

/* The first mark that can lie in a bucket, and how far the last one is from it. */
static void bucket_span(struct hotlist_shape shape, uint64_t number, uint64_t *first, uint64_t *reach)
{
    *first = shape.bucket_bits == 0 ? 0 : number << (64 - shape.bucket_bits);
    *reach = UINT64_MAX >> shape.bucket_bits;
}

size_t hotlist_bucket_write(struct hotlist_shape shape, int64_t version, uint64_t number,
                            const struct hotlist_entry *entries, size_t count, uint8_t *out, size_t size)
{
    uint64_t first, reach, next;

    if (size < HOTLIST_BUCKET_BYTES_MIN)
        return 0;
    bucket_span(shape, number, &first, &reach);
    next = first;
    struct bits_out bits = {.bytes = out + 4, .size = size - 4};
    for (size_t i = 0; i < count; i++) {
        if ((i > 0 ? entries[i].mark <= entries[i - 1].mark : entries[i].mark < first) ||
            entries[i].mark - first > reach || entries[i].reason >= HOTLIST_REASONS)
            return 0;
        put_rice(&bits, entries[i].mark - next, shape.rice);
        put_ones(&bits, entries[i].reason);
        put_bits(&bits, 0, 1);
        next = entries[i].mark + 1;
    }
    if (bits.held > 0)
        put_bits(&bits, UINT64_MAX, 8 - bits.held);
    if (bits.full)
        return 0;
    checksum(version, number, out + 4, bits.len, out);
    return bits.len + 4;
}

/* Walks a bucket whose checksum is right; what does not decode all the same is damaged. */
struct walk {
    struct bits_in bits;
    unsigned rice;
    uint64_t first, reach, next;
    bool end; /* the last possible mark was there */
};

static bool walk_begin(struct walk *walk, struct hotlist_shape shape, int64_t version, uint64_t number,
                       const uint8_t *bytes, size_t len)
{
    uint8_t sum[4];

    if (len < HOTLIST_BUCKET_BYTES_MIN || len > HOTLIST_BUCKET_BYTES_MAX)
        return false;
    checksum(version, number, bytes + 4, len - 4, sum);
    memset(walk, 0, sizeof *walk);
    walk->bits = (struct bits_in){.bytes = bytes + 4, .len = len - 4};
    walk->rice = shape.rice;
    bucket_span(shape, number, &walk->first, &walk->reach);
    walk->next = walk->first;
    return memcmp(sum, bytes, 4) == 0;
}

/* 1 an entry, 0 the end, −1 damaged. */
static int walk_next(struct walk *walk, struct hotlist_entry *entry)
{
    uint64_t gap = 0, reason = 0;
    int more = get_rice(&walk->bits, walk->rice, &gap);

    if (more <= 0)
        return more;
    if (walk->end || gap > walk->reach - (walk->next - walk->first) || !get_unary(&walk->bits, &reason) ||
        reason >= HOTLIST_REASONS)
        return -1;
    entry->mark = walk->next + gap;
    entry->reason = (uint8_t)reason;
    walk->end = entry->mark - walk->first == walk->reach;
    walk->next = entry->mark + 1;
    return 1;
}

enum hotlist_found hotlist_bucket_find(struct hotlist_shape shape, int64_t version, uint64_t mark, const uint8_t *bytes,
                                       size_t len, enum hotlist_reason *reason)
{
    struct walk walk;
    struct hotlist_entry entry;
    int more;

    if (!walk_begin(&walk, shape, version, hotlist_bucket_of(shape, mark), bytes, len))
        return HOTLIST_DAMAGED;
    while ((more = walk_next(&walk, &entry)) == 1 && entry.mark < mark)
        ;
    if (more < 0)
        return HOTLIST_DAMAGED;
    if (more == 0 || entry.mark != mark)
        return HOTLIST_ABSENT;
    *reason = (enum hotlist_reason)entry.reason;
    return HOTLIST_LISTED;
}

int hotlist_bucket_read(struct hotlist_shape shape, int64_t version, uint64_t number, const uint8_t *bytes, size_t len,
                        struct hotlist_entry *out)
{
    struct walk walk;
    struct hotlist_entry entry;
    int count = 0, more;

    if (!walk_begin(&walk, shape, version, number, bytes, len))
        return -1;
    while ((more = walk_next(&walk, &entry)) == 1) {
        if (count == HOTLIST_BUCKET_ENTRIES_MAX)
            return -1;
        out[count++] = entry;
    }
    return more < 0 ? -1 : count;
}
