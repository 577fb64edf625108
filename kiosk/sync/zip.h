/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bodies on the wire, compressed: Content-Encoding zstd (RFC 8878), level 1. Shared by both ends. What is unpacked is
 * bounded in size, in ratio and in the memory that its window may ask for, before any of it is parsed.
 */
#ifndef SYNC_ZIP_H
#define SYNC_ZIP_H

#include <stdbool.h>
#include <stddef.h>

/** Below this many bytes it is not worth the work. */
#define ZIP_BYTES_MIN 1024
/** Unpacked bytes for each packed one, over what any text of ours comes to; the first 64 KiB are free. */
#define ZIP_RATIO_MAX 200
#define ZIP_FREE_BYTES (64u * 1024)

/** Packed bytes, free(), or NULL when there is no memory or it would not be shorter. */
char *zip_pack(const char *bytes, size_t len, size_t *packed_len);

enum zip_result { ZIP_OK, ZIP_BROKEN, ZIP_TOO_LARGE };
/** Unpack exactly one frame that ends where `packed` ends. *out: free(), with a NUL behind it that is not counted. */
enum zip_result zip_unpack(const char *packed, size_t packed_len, size_t bytes_max, char **out, size_t *len);

/** Does a header's list of codings (RFC 9110 12.5.3) take zstd? NULL is allowed. */
bool zip_listed(const char *codings);

#endif
