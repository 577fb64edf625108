/* SPDX-License-Identifier: Apache-2.0 */
/** Codes of organisations and places, and the check characters of our own numbers. Pure. */
#ifndef MODEL_CODES_H
#define MODEL_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Unified social credit code, GB 32100, and organisation code, GB 11714 ---- */
enum uscc_verdict { USCC_OK, USCC_BAD_FORM, USCC_BAD_CHECK };
/** 18 characters of the alphabet without I, O, S, V and Z. Unknown kinds of registration are not refused. */
enum uscc_verdict uscc_check(const char *code18);
/** Check character of eight characters 0-9 A-Z: '0' to '9' or 'X'; 0 for another form. */
char organisation_check(const char *body8);

/* ---- Regions: GB/T 2260 (six digits), GB/T 10114 (three), residents' or villagers' committee (three) ---- */
enum region_street { REGION_STREET_UNKNOWN, REGION_STREET, REGION_TOWN, REGION_TOWNSHIP, REGION_ENTERPRISE };
struct region {
    unsigned province, city, county; /* two digits each */
    unsigned street, committee;      /* three digits each */
    enum region_street street_kind;
    bool village; /* a villagers' committee: numbered from 200 */
};
/** Six, nine or twelve digits; what is not there is 0. */
bool region_parse(const char *code, struct region *out);

/* ---- Our numbers: ISO/IEC 7064 MOD 37,36, one check character of 0-9 A-Z ---- */
char mod37_36(const char *text); /* 0 for a foreign character */
bool mod37_36_ok(const char *text);

/** Number of a certificate (VR-7): V, four digits of the year, 1 to 8 characters of the issuer, six digits, check character. */
bool certificate_number(unsigned year, const char *issuer, unsigned number, char *out, size_t out_size);
bool certificate_number_ok(const char *text);

#endif
