/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Homes. People fill the city in the order of their numbers; so a number says the community and the grid, whoever else is made. What a
 * block has in a community stands in compounds of its own there, so that no address occurs twice without one being asked for another.
 */
#include "platform/sample/places.h"
#include "platform/sample/community.h"
#include "platform/sample/rng.h"
#include <string.h>

enum kind { KIND_ADDRESS = 4, KIND_COMPOUND = 8 };

#define COMPOUND_HOMES 190
#define EMPTY_EVERY    16 /* one home of seventeen stands empty: 6 % */
#define LANE_FIRST     128

/* A box of 6 × 5 km over open sea around 30° N 128° E: no real house is marked by anything in it. In millionths of a degree. */
#define SOUTH_E6    29977500
#define WEST_E6     127968900
#define CELL_LAT_E6 11230 /* a community: 1,250 m, four rows */
#define CELL_LON_E6 10370 /* 1,000 m, six in a row */

static const struct street {
    unsigned code;
    const char *name;
    const char *communities[8];
} streets[] = {
    {2, "稻香街道", {"稻香一村", "稻香二村", "稻香三村", "麦秋", "晒谷场", "青禾", "金穗", "木樨"}},
    {3, "明桥街道", {"明桥", "灯塔", "缫丝厂", "电机厂", "铁路新村", "水塔", "团结", "新生"}},
    {1, "听澜街道", {"杏林里", "梧桐里", "双井", "小石桥", "月华", "听雨", "北渡口", "南渡口"}},
};

static unsigned community_of(unsigned number)
{
    return number % PLACES_CITY * PLACES_COMMUNITIES / PLACES_CITY;
}

void place_of(unsigned number, struct place *out)
{
    unsigned grids = number % PLACES_CITY * (PLACES_COMMUNITIES * PLACES_GRIDS) / PLACES_CITY;
    const struct street *street = &streets[community_of(number) / 8];

    *out = (struct place){.street_zh = street->name, .city = number / PLACES_CITY, .community = community_of(number), .grid = grids % PLACES_GRIDS};
    out->community_zh = street->communities[out->community % 8];
    g_snprintf(out->code, sizeof out->code, "99%02u02%03u%03u%03u", out->city + 1, street->code, out->community % 8 + 1, out->grid + 1);
    out->lat_e6 = SOUTH_E6 + (int32_t)(out->community / 6) * CELL_LAT_E6;
    out->lon_e6 = WEST_E6 + (int32_t)(out->community % 6) * CELL_LON_E6 + (int32_t)out->grid * CELL_LON_E6 / PLACES_GRIDS;
}

void place_road(unsigned index, char out[PLACES_ROAD_SIZE])
{
    static const char *const first[] = {"稻", "桐", "月", "澜", "禾", "桥", "井", "渡", "灯", "塔", "杏", "麦"};
    static const char *const second[] = {"花", "影", "声", "光", "香", "湾", "岸", "亭"};
    static const char *const last[] = {"路", "街", "路", "巷"};

    index %= 40;
    g_snprintf(out, PLACES_ROAD_SIZE, "%s%s%s", first[(index * 5 + 4) % 12], second[(index * 3 + 3 + index / 24) % 8], last[index % 4]);
}

/* ---- Homes ---- */

/* One compound: some of the homes that a block has in a community. */
struct compound {
    char road[PLACES_ROAD_SIZE];
    unsigned lane;
    enum housing housing;
};

static enum housing draw_housing(struct rng *rng)
{
    unsigned draw = rng_below(rng, 100);

    return draw < 55 ? HOUSING_OLD : draw < 85 ? HOUSING_TOWER : draw < 95 ? HOUSING_LANE : HOUSING_PUBLIC;
}

/* Five roads a community; numbers are odd on one side and even on the other. The first block's keep to the personas' kind of houses. */
static void compound_of(const struct community *community, uint64_t seed, const struct place *place, unsigned chunk, struct compound *out)
{
    unsigned first_block = place->city * (PLACES_CITY / COMMUNITY_BLOCK) +
                           (place->community * PLACES_CITY + PLACES_COMMUNITIES - 1) / PLACES_COMMUNITIES / COMMUNITY_BLOCK;
    unsigned nth = 6 * (community->block - first_block) + chunk;
    struct rng rng = rng_of(seed, KIND_COMPOUND, ((uint64_t)community->block * PLACES_COMMUNITIES + place->community) * 16 + chunk);

    place_road(5 * place->community + chunk % 5, out->road);
    out->lane = LANE_FIRST + 300 * (place->community / 8) + 2 * nth + nth % 2;
    out->housing = community->block == 0 ? HOUSING_OLD : draw_housing(&rng);
}

static unsigned area_of(const struct household *household, struct rng *rng)
{
    static const unsigned least[] = {38, 62, 24, 40}, span[] = {60, 80, 30, 25};

    return least[household->housing] + rng_below(rng, span[household->housing]) + 8 * (unsigned)household->size;
}

static const struct { unsigned homes, a_floor; } kinds[] = {{24, 4}, {96, 4}, {6, 3}, {108, 6}}; /* homes at a number, and on each of its floors */

static void place_home(struct household *household, const struct place *place, const struct compound *compound, unsigned home)
{
    unsigned number = home / kinds[household->housing].homes, in = home % kinds[household->housing].homes;
    unsigned a_floor = kinds[household->housing].a_floor;

    g_strlcpy(household->grid, place->code, sizeof household->grid);
    household->lat_e6 = place->lat_e6 + (int32_t)(compound->lane * 97 % 500) * 20 + (int32_t)(number % 8) * 90;
    household->lon_e6 = place->lon_e6 + (int32_t)(compound->lane * 61 % 50) * 20 + (int32_t)(number / 8) * 130;
    if (household->address == NULL)
        household->address = g_strdup_printf("澄明区%s%s %u 弄 %u 号 %u%02u 室", place->street_zh, compound->road, compound->lane,
                                             number + 1, in / a_floor + 1, in % a_floor + 1);
}

void community_places(struct community *community, const struct community_options *options)
{
    unsigned rank = 0, before = 0;

    for (unsigned i = 0; i < community->households->len; i++) {
        struct household *household = &g_array_index(community->households, struct household, i);
        unsigned number = (unsigned)community->first + (unsigned)((uint64_t)i * community->people->len / community->households->len);
        unsigned home = rank % COMPOUND_HOMES;
        struct compound compound;
        struct place place;

        place_of(number, &place);
        if (i > 0 && place.community != before)
            rank = home = 0;
        before = place.community;
        household->id = (int)community->block * COMMUNITY_BLOCK + (int)i;
        struct rng rng = rng_of(options->seed, KIND_ADDRESS, (uint64_t)household->id);
        compound_of(community, options->seed, &place, rank / COMPOUND_HOMES, &compound);
        household->housing = compound.housing;
        household->area_m2 = area_of(household, &rng);
        place_home(household, &place, &compound, home + home / EMPTY_EVERY);
        rank++;
    }
}
