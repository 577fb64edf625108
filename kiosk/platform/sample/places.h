/* SPDX-License-Identifier: Apache-2.0 */
/** The city that does not exist: three streets, 24 communities of five grids, roads, and where each lies over open sea. */
#ifndef PLATFORM_PLACES_H
#define PLATFORM_PLACES_H

#include <stdint.h>

#define PLACES_COMMUNITIES 24
#define PLACES_GRIDS       5      /* of a community */
#define PLACES_CITY        100000 /* people of a city; a larger sample has several, of regions 990102, 990202, … */

struct place {
    const char *street_zh, *community_zh;
    unsigned city, community, grid; /* all from 0; community in the order that they are filled in */
    char code[16];                  /* of the grid, 15 digits */
    int32_t lat_e6, lon_e6;         /* the grid's south-west corner */
};
/** Where the person with this number lives, as people fill the city community by community. */
void place_of(unsigned number, struct place *out);

#define PLACES_ROAD_SIZE 16
/** One of the forty road names; the first is 禾光路. */
void place_road(unsigned index, char out[PLACES_ROAD_SIZE]);

#endif
