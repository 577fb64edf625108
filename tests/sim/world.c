/* SPDX-License-Identifier: Apache-2.0 */
/* The town is built, its computers start and stop, and time and chance come from here. */
#define OPENSSL_SUPPRESS_DEPRECATED /* RAND_set_rand_method: for all library contexts, which a provider would not be */
#include "sim.h"
#include "books.h"
#include "carrier.h"
#include "model/clock.h"
#include "model/model.h"
#include "platform/data/db-rows.h"
#include "platform/calls/enrolment.h"
#include "platform/sample/init.h"
#include "platform/staff.h"
#include "service/internal.h"
#include "sync/credentials.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <sqlite3.h>
#include <string.h>

#define START_MS    INT64_C(1795310000000) /* 22 November 2026 */
#define TODAY       20261122
#define RESIDENTS   20
#define BILLS_FIRST 6 /* for each card, before the first step */
#define TURNS_FIRST 3
#define PURSE_MORE_FEN 60000 /* bills of the sample community are large */

static struct world *the_world;

struct world *world_now(void)
{
    return the_world;
}

int world_become(struct world *world, int who)
{
    int was = world->who;

    world->who = who;
    return was;
}

/* ---- Time and chance ---------------------------------------------------------------------------------------------- */

static int64_t wall_ms(void *ctx)
{
    const struct world *world = ctx;

    return world->now_ms + (world->who >= 0 ? world->kiosks[world->who].offset_ms : 0);
}

static int64_t boot_ms(void *ctx)
{
    const struct world *world = ctx;

    return world->now_ms - (world->who >= 0 ? world->kiosks[world->who].booted_ms : START_MS) + 1000;
}

static const char *boot_id(void *ctx)
{
    const struct world *world = ctx;

    return world->who >= 0 ? world->kiosks[world->who].boot_id : "00000000-0000-4000-8000-000000000000";
}

static void sleep_ms(void *ctx, unsigned ms)
{
    ((struct world *)ctx)->now_ms += ms;
}

static void draw(void *ctx, uint8_t *out, size_t len)
{
    struct world *world = ctx;

    for (size_t at = 0; at < len;) {
        uint64_t word = rng_next(&world->env);
        size_t part = MIN(len - at, sizeof word);
        memcpy(out + at, &word, part);
        at += part;
    }
}

static void sqlite_random(uint8_t *out, size_t len)
{
    draw(the_world, out, len);
}

static int64_t sqlite_time(void)
{
    return wall_ms(the_world);
}

static int openssl_random(unsigned char *out, int len)
{
    draw(the_world, out, (size_t)len);
    return 1;
}

static int openssl_ready(void)
{
    return 1;
}

/* Certificates are dated, too: libcrypto asks the machine's clock unless it is given a time. */
ASN1_TIME *__real_X509_time_adj_ex(ASN1_TIME *out, int days, long seconds, time_t *from);
ASN1_TIME *__wrap_X509_time_adj_ex(ASN1_TIME *out, int days, long seconds, time_t *from);
ASN1_TIME *__wrap_X509_gmtime_adj(ASN1_TIME *out, long seconds);

ASN1_TIME *__wrap_X509_time_adj_ex(ASN1_TIME *out, int days, long seconds, time_t *from)
{
    time_t now = the_world->now_ms / 1000;
    return __real_X509_time_adj_ex(out, days, seconds, from != NULL ? from : &now);
}

ASN1_TIME *__wrap_X509_gmtime_adj(ASN1_TIME *out, long seconds)
{
    return __wrap_X509_time_adj_ex(out, 0, seconds, NULL);
}

static void sources_install(struct world *world)
{
    static struct clock_source source = {
        .wall_ms = wall_ms, .boot_ms = boot_ms, .boot_id = boot_id, .sleep_ms = sleep_ms, .random = draw};
    static const RAND_METHOD method = {.bytes = openssl_random, .pseudorand = openssl_random, .status = openssl_ready};

    source.ctx = world;
    clock_use(&source);
    RAND_set_rand_method(&method);
    disk_install(sqlite_random, sqlite_time);
    file_faults(machine_file, world);
    sqlite3_randomness(0, NULL); /* SQLite seeds its own from ours again */
    json_object_seed(1);
}

/* ---- The platform ------------------------------------------------------------------------------------------------- */

static void machine_init(struct machine *machine, struct world *world, int index, const char *name)
{
    machine->world = world;
    machine->index = index;
    machine->folder = g_build_filename(world->folder, name, NULL);
    if (g_mkdir(machine->folder, 0700) != 0)
        g_error("%s cannot be made", machine->folder);
    machine->disk = disk_new(machine->folder, machine_disk, machine);
    machine->files = plain_new();
}

static void machine_clear(struct machine *machine)
{
    disk_free(machine->disk);
    plain_free(machine->files);
    g_free(machine->folder);
}

/* If there was one. What was not flushed is gone, or there in parts. */
void machine_power_cut(struct machine *machine)
{
    struct rng *rng = &machine->world->env;

    if (!machine->power_lost)
        return;
    unsigned keep_permille = rng_below(rng, 3) * 400;
    disk_power_cut(machine->disk, rng, keep_permille);
    plain_power_cut(machine->files, rng, keep_permille);
}

static void must(bool done, GError *error)
{
    if (!done)
        g_error("the town cannot be built: %s", error != NULL ? error->message : "unknown");
}

static void platform_make(struct world *world)
{
    g_autoptr(GError) error = NULL;
    struct init_options options = {.data_dir = world->platform.machine.folder,
                                   .residents = RESIDENTS,
                                   .seed = world->seed,
                                   .today = TODAY,
                                   .personas_file = COMMUNITY_DIR "/personas.json",
                                   .keys_file = COMMUNITY_DIR "/demo-keys.json"};

    must(platform_init(&options, &error), error);
    must(platform_up(world), NULL);
    memcpy(world->index_key, world->platform.platform->index_key, sizeof world->index_key);
}

static bool bill_write(struct db *db, const struct bill_row *bill, GError **error)
{
    if (!db_begin(db, true, error))
        return false;
    if (db_bill_add(db, bill, error) && db_change_add(db, "bill", bill->id, error))
        return db_commit(db, error);
    db_rollback(db);
    return false;
}

void platform_bill(struct world *world, unsigned card)
{
    struct sim_platform *platform = &world->platform;
    struct bill_row bill = {.amount_fen = 1 + rng_below(&world->env, 2500), .issue = 20261101, .due = 20261231};
    g_autoptr(GError) error = NULL;

    if (platform->platform == NULL)
        return;
    g_snprintf(bill.id, sizeof bill.id, "S%06u", ++platform->bills_made);
    g_strlcpy(bill.card, world->cards[card_newest(world, card)].number, sizeof bill.card);
    g_strlcpy(bill.biller, community_billers[rng_below(&world->env, community_billers_count)].id, sizeof bill.biller);
    g_snprintf(bill.account_no, sizeof bill.account_no, "T%07u", platform->bills_made);
    g_strlcpy(bill.period, "202611", sizeof bill.period);
    g_strlcpy(bill.state, "UNPAID", sizeof bill.state);
    int was = world_become(world, SIM_PLATFORM);
    bool done = bill_write(platform->platform->db, &bill, &error);
    world_become(world, was);
    note(world, "bill %s for %u: %s", bill.id, card, done ? "ok" : error->message);
    if (platform->machine.dead)
        platform_down(world);
}

/* ---- Kiosks ------------------------------------------------------------------------------------------------------- */

static char *csr_make(EVP_PKEY *key)
{
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;

    g_assert_true(request != NULL && bio != NULL && X509_REQ_set_pubkey(request, key) == 1 &&
                  X509_REQ_sign(request, key, EVP_sha256()) > 0 && PEM_write_bio_X509_REQ(bio, request) == 1);
    long len = BIO_get_mem_data(bio, &bytes);
    char *text = g_strndup(bytes, (gsize)len);
    BIO_free(bio);
    X509_REQ_free(request);
    return text;
}

static void kiosk_known(struct world *world, const char *id)
{
    struct db *db = world->platform.platform->db;
    g_autoptr(GError) error = NULL;
    struct kiosk_row row;
    bool found = false;

    must(db_begin(db, true, &error) && db_kiosk_find(db, id, &row, &found, &error), error);
    if (!found)
        must(db_kiosk_add(db, id, "机", "kiosk", &error), error);
    must(db_commit(db, &error), error);
}

/* The platform's own enrolment; what it answers is what the kiosk keeps. */
static void kiosk_keep(struct sim_kiosk *kiosk, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(kiosk->machine.folder, name, NULL);

    must(g_file_set_contents(path, text, -1, NULL), NULL);
}

/* As `citycard-kiosk --enrol` leaves it, but for the seal of this machine: files of before there was one have none. */
static void kiosk_keep_all(struct sim_kiosk *kiosk, json_t *answer, EVP_PKEY *key)
{
    g_autofree char *key_pem = credentials_key_pem(key), *file = g_build_filename(kiosk->machine.folder, "platform.json", NULL),
                    *ca = g_build_filename(kiosk->machine.world->platform.machine.folder, PLATFORM_CA_FILE, NULL), *ca_pem = NULL;

    must(json_dump_file(answer, file, 0) == 0 && g_file_get_contents(ca, &ca_pem, NULL, NULL), NULL);
    kiosk_keep(kiosk, "ca.pem", ca_pem);
    kiosk_keep(kiosk, "client.key", key_pem);
    kiosk_keep(kiosk, "client.pem", json_string_value(json_object_get(answer, "certificate")));
}

static void kiosk_enrol(struct sim_kiosk *kiosk, EVP_PKEY *key)
{
    struct world *world = kiosk->machine.world;
    struct platform *platform = world->platform.platform;
    g_autoptr(GError) error = NULL;
    g_autofree char *csr = csr_make(key);

    kiosk_known(world, kiosk->id);
    int was = world_become(world, SIM_PLATFORM);
    g_autofree char *code = enrolment_code_new(platform, kiosk->id, now_ms(), &error);
    must(code != NULL, error);
    json_t *ask = json_pack("{s:s, s:s, s:s}", "kiosk", kiosk->id, "code", code, "csr", csr);
    json_t *answer = enrolment_accept(platform, ask, now_ms(), &error);
    must(answer != NULL, error);
    kiosk_keep_all(kiosk, answer, key);
    carrier_certificate(platform, kiosk->id, kiosk->certificate);
    world_become(world, was);
    json_decref(ask);
    json_decref(answer);
}

void kiosk_enrol_anew(struct sim_kiosk *kiosk)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");

    must(key != NULL, NULL);
    kiosk_enrol(kiosk, key);
    EVP_PKEY_free(key);
}

static void kiosk_boot(struct sim_kiosk *kiosk)
{
    struct world *world = kiosk->machine.world;

    kiosk->booted_ms = world->now_ms;
    g_snprintf(kiosk->boot_id, sizeof kiosk->boot_id, "%08x-0000-4000-8000-%012x", (unsigned)rng_next(&world->env),
               (unsigned)kiosk->machine.index);
}

static void kiosk_make(struct world *world, unsigned index, const struct town *town, EVP_PKEY *key)
{
    struct sim_kiosk *kiosk = &world->kiosks[index];

    g_snprintf(kiosk->id, sizeof kiosk->id, "K%04u", index + 1);
    machine_init(&kiosk->machine, world, (int)index, kiosk->id);
    disk_lie(kiosk->machine.disk, town->lying_disks);
    kiosk->reader.device = kiosk->sam.device = -1;
    kiosk->online = true;
    kiosk->offset_ms = (int64_t)rng_below(&world->env, 4000) - 2000;
    kiosk->config = (struct kiosk_config){
        .data_dir = kiosk->machine.folder,
        .kiosk_id = kiosk->id,
        .city = (char *)"9901",
        .place = (char *)"place",
        .language = (char *)"zh_CN",
        .reader = rng_permille(&world->env, 700) ? (char *)"Sim Reader 00 00" : NULL,
        .sam = rng_permille(&world->env, 700) ? (char *)"Sim Reader 00 01" : NULL,
        .platform_url = (char *)"https://platform.invalid",
        .printer = g_strconcat("folder:", kiosk->machine.folder, "/slips", NULL),
        .offline_payment_fen_max = town->tight_limits ? 6000 : 20000,
        .offline_card_day_fen_max = town->tight_limits ? 15000 : 50000,
        .offline_total_fen_max = town->tight_limits ? 30000 : 2000000,
        .offline_count_max = town->tight_limits ? 12 : 2000,
    };
    kiosk_enrol(kiosk, key);
    kiosk_boot(kiosk);
    sam_put(kiosk, (int)index);
}

static void event_take(void *data, const struct kiosk_event *event)
{
    struct sim_kiosk *kiosk = data;

    if (event->kind != KIOSK_EVENT_BILLS)
        return;
    kiosk->bill_count = (unsigned)MIN(event->bills.count, SIM_BILLS_MAX);
    for (unsigned i = 0; i < kiosk->bill_count; i++)
        g_strlcpy(kiosk->bills[i], event->bills.items[i].id, sizeof kiosk->bills[i]);
}

/* What a screen is shown counts from the moment it is told, not from the turn of the main loop that draws it. */
void __real_kiosk_post(struct kiosk *kiosk, const struct kiosk_event *event, void *items);
void __wrap_kiosk_post(struct kiosk *kiosk, const struct kiosk_event *event, void *items);
void __wrap_kiosk_post(struct kiosk *kiosk, const struct kiosk_event *event, void *items)
{
    struct world *world = the_world;

    if (world->who >= 0 && !world->kiosks[world->who].machine.dead)
        books_shown(world, &world->kiosks[world->who], event);
    __real_kiosk_post(kiosk, event, items);
}

bool kiosk_start(struct sim_kiosk *kiosk)
{
    struct world *world = kiosk->machine.world;
    struct hall hall = sim_hall(kiosk);
    struct transport transport = sim_transport(kiosk);
    g_autoptr(GError) error = NULL;

    if (kiosk->kiosk != NULL)
        return true;
    world->stats.opens++;
    kiosk->opens++;
    kiosk->readers_changed = true;
    int was = world_become(world, kiosk->machine.index);
    kiosk->kiosk = kiosk_open(&kiosk->config, &hall, &transport, event_take, kiosk, &error);
    world_become(world, was);
    note(world, "start %s: %s", kiosk->id, error != NULL ? error->message : "ok");
    if (kiosk->machine.dead) {
        kiosk_stop(kiosk);
        return false;
    }
    if (kiosk->kiosk == NULL && world->calm)
        break_invariant(world, "kiosk-opens", "%s: %s", kiosk->id, error->message);
    books_check_kiosk(world, kiosk);
    hotlist_check(world, kiosk);
    return kiosk->kiosk != NULL;
}

void kiosk_stop(struct sim_kiosk *kiosk)
{
    struct world *world = kiosk->machine.world;
    int was = world_become(world, kiosk->machine.index);

    kiosk_free(kiosk->kiosk);
    kiosk->kiosk = NULL;
    while (g_main_context_iteration(world->context, FALSE))
        ;
    if (kiosk->machine.power_lost) {
        machine_power_cut(&kiosk->machine);
        kiosk_boot(kiosk);
        if (kiosk->reader.device >= 0)
            vc_card_power(&world->cards[kiosk->reader.device].card);
        if (kiosk->sam.device >= 0)
            vc_sam_power(&world->sams[kiosk->sam.device].sam);
    }
    kiosk->machine.dead = kiosk->machine.power_lost = false;
    kiosk->bill_count = 0;
    world_become(world, was);
}

void kiosk_turns(struct sim_kiosk *kiosk, unsigned turns)
{
    struct world *world = kiosk->machine.world;
    int was = world_become(world, kiosk->machine.index);

    for (unsigned i = 0; i < turns && !kiosk->machine.dead; i++) {
        worker_turn(kiosk->kiosk);
        while (!kiosk->machine.dead && g_main_context_iteration(world->context, FALSE))
            ;
    }
    world_become(world, was);
    if (kiosk->machine.dead)
        kiosk_stop(kiosk);
}

/* ---- Cards and PSAMs ---------------------------------------------------------------------------------------------- */

static enum vc_commit card_commit(void *ctx, const struct vc_card_state *next)
{
    struct sim_card *card = ctx;

    books_committed(card->world, (unsigned)(card - card->world->cards), next);
    return VC_COMMITTED;
}

static void card_fill(struct world *world, struct sim_card *card, const struct vc_persona *persona)
{
    struct vc_card_state state;
    char digits[17];

    must(vc_card_fresh(persona, &state) && vc_card_init(&card->card, persona, &world->people.keys, &state), NULL);
    card->world = world;
    card->persona = *persona;
    card->next = -1;
    card->card.commit = card_commit;
    card->card.commit_ctx = card;
    g_snprintf(card->number, sizeof card->number, "310%s", cc_hex(persona->serial, 8, digits, sizeof digits));
    card->pin = persona->pin_for_purchase ? "246810" : NULL;
    card->issued_fen = card->card.state.balance_fen;
    card->at = SIM_NOBODY;
    card->lost = false;
}

static void card_make(struct world *world, unsigned index)
{
    static const char *const KEYS[SIM_CARDS_MAX] = {"adult", "elder", "student", "staff", "pin", "poor", "lost", "visitor"};
    const struct vc_persona *known = vc_community_find(&world->people, KEYS[index]);
    struct vc_persona persona = known != NULL ? *known : (struct vc_persona){0};

    must(known != NULL, NULL);
    if (index == SIM_STAFF_A)
        persona.staff = 1; /* what is given back needs two colleagues */
    card_fill(world, &world->cards[index], &persona);
    world->cards[index].card.state.balance_fen += PURSE_MORE_FEN;
    world->cards[index].issued_fen += PURSE_MORE_FEN;
}

/* Its number is one that no card of the town has. */
void card_successor(struct world *world, unsigned card, unsigned successor)
{
    struct vc_persona persona = world->cards[card].persona;
    char digits[17];

    g_snprintf(digits, sizeof digits, "99010000007%02u%02u", card % 100, successor % 100);
    digits[15] = luhn_digit(digits);
    digits[16] = '\0';
    must(cc_unhex(digits, persona.serial, sizeof persona.serial) == (int)sizeof persona.serial, NULL);
    card_fill(world, &world->cards[successor], &persona);
}

static void sam_make(struct world *world, unsigned index)
{
    struct vc_sam_identity identity = world->people.sam;
    const struct vc_sam_state state = {.terminal_serial = 0x1FF};

    identity.terminal[4] = (uint8_t)(0x10 + index / 100);
    identity.terminal[5] = (uint8_t)(index / 10 % 10 << 4 | index % 10);
    vc_sam_init(&world->sams[index].sam, &identity, &world->people.keys, &state);
    world->sams[index].at = SIM_NOBODY;
}

/* ---- All of it ---------------------------------------------------------------------------------------------------- */

static void people_load(struct world *world)
{
    char error[256];

    if (!vc_community_load(&world->people, COMMUNITY_DIR "/personas.json", COMMUNITY_DIR "/demo-keys.json", error, sizeof error))
        g_error("%s", error);
}

/* The persona of staff is in the register already; the colleague of this town is not. */
static void staff_make(struct world *world)
{
    struct staff staff = {.id = "colleague", .role = STAFF_CLERK, .scope = STAFF_EVERYWHERE};
    struct platform *platform = world->platform.platform;
    g_autoptr(GError) error = NULL;

    if (world->holder_count <= SIM_STAFF_B)
        return;
    int was = world_become(world, SIM_PLATFORM);
    must(db_begin(platform->db, true, &error), error);
    must(staff_add(platform, world->cards[SIM_STAFF_A].number, "colleague", &staff, &error), error);
    must(db_commit(platform->db, &error), error);
    world_become(world, was);
}

static void first_day(struct world *world)
{
    for (unsigned card = 0; card < world->card_count; card++)
        for (int i = 0; i < BILLS_FIRST; i++)
            platform_bill(world, card);
    desk_first_day(world);
    for (unsigned i = 0; i < world->kiosk_count; i++) {
        struct sim_kiosk *kiosk = &world->kiosks[i];
        must(kiosk_start(kiosk), NULL);
        kiosk_turns(kiosk, TURNS_FIRST);
        int was = world_become(world, (int)i);
        sync_turn(kiosk->kiosk->sync);
        world_become(world, was);
    }
}

struct world *world_new(uint64_t seed, const struct town *town, const char *folder, bool trace,
                        void (*broken)(struct world *, const char *, const char *))
{
    struct world *world = g_new0(struct world, 1);

    world->seed = seed;
    world->folder = g_strdup(folder);
    world->env = rng_of(seed, 1, 0);
    world->now_ms = START_MS;
    world->who = SIM_NOBODY;
    world->trace = trace;
    world->broken = broken;
    world->kiosk_count = MIN(town->kiosks, SIM_KIOSKS_MAX);
    world->holder_count = world->card_count = MIN(town->cards, SIM_CARDS_MAX);
    world->sam_count = world->kiosk_count + 3;
    world->late = g_ptr_array_new();
    world->context = g_main_context_new();
    g_main_context_push_thread_default(world->context);
    the_world = world;
    world->books = books_new(world);
    sources_install(world);
    people_load(world);
    machine_init(&world->platform.machine, world, SIM_PLATFORM, "platform");
    world->platform.two = town->two_nodes;
    platform_make(world);
    for (unsigned i = 0; i < world->card_count; i++)
        card_make(world, i);
    staff_make(world);
    for (unsigned i = 0; i < world->sam_count; i++)
        sam_make(world, i);
    EVP_PKEY *key = EVP_EC_gen("P-256"); /* one for all: whose it is makes no difference here */
    must(key != NULL, NULL);
    for (unsigned i = 0; i < world->kiosk_count; i++)
        kiosk_make(world, i, town, key);
    EVP_PKEY_free(key);
    first_day(world);
    return world;
}

void world_free(struct world *world)
{
    for (unsigned i = 0; i < world->kiosk_count; i++) {
        kiosk_stop(&world->kiosks[i]);
        machine_clear(&world->kiosks[i].machine);
        g_free(world->kiosks[i].config.printer);
        g_free(world->kiosks[i].certificate_pem);
        g_free(world->kiosks[i].trusted);
    }
    platform_down(world);
    machine_clear(&world->platform.machine);
    wire_forget_late(world);
    g_ptr_array_unref(world->late);
    books_free(world->books);
    g_main_context_pop_thread_default(world->context);
    g_main_context_unref(world->context);
    clock_use(NULL);
    file_faults(NULL, NULL);
    g_free(world->folder);
    g_free(world);
}
