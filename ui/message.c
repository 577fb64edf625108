/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"
#include "texts.h"
#include "words.h"

static struct message make(const char *icon, enum message_tone tone, const char *headline, const char *reason,
                           const char *advice, const char *button, enum message_action action)
{
    struct message message = {.icon = icon, .tone = tone, .button = button, .action = action};

    g_strlcpy(message.headline, headline, sizeof message.headline);
    g_strlcpy(message.reason, reason, sizeof message.reason);
    g_strlcpy(message.advice, advice, sizeof message.advice);
    return message;
}

/* ---- The card ------------------------------------------------------------------------------------------------------ */

static const char *desk(void)
{
    return _("Please go to the service desk. They will help you.");
}

struct message message_of_verdict(enum kiosk_card_verdict verdict)
{
    switch (verdict) {
    case KIOSK_CARD_LOST:
        return make(
            "card", TONE_DANGER,
            L_("This card is reported lost. Please see the desk", NC_("large", "Please see the desk")), "",
            _("Nothing on the card has changed."), _("Get help"), MESSAGE_HELP);
    case KIOSK_CARD_EXPIRED:
        return make("card", TONE_WARN,
                    L_("Card expired. Replace it at the desk", NC_("large", "Replace the card at the desk")),
                    "", _("The money on the old card is not lost."), _("Get help"), MESSAGE_HELP);
    case KIOSK_CARD_BLOCKED:
        return make("lock", TONE_WARN, _("This card cannot be used here"), "", desk(), _("Get help"),
                    MESSAGE_HELP);
    case KIOSK_CARD_UNKNOWN:
        return make("card", TONE_WARN, _("We do not know this card"), "",
                    _("Please use a city card. Notices can be read without one."), _("OK"), MESSAGE_END);
    case KIOSK_CARD_DEMO: /* where it leads to nothing, since something else is on the screen */
        return make("card", TONE_WARN, L_("This card is for practice", NC_("large", "A practice card")), "",
                    _("Take it away and put your own card there."), _("OK"), MESSAGE_END);
    case KIOSK_CARD_TWO:
        return make("card", TONE_WARN,
                    L_("There are two cards. Leave only yours", NC_("large", "Leave only one card")), "",
                    _("Take away the card that you do not want to use."), _("OK"), MESSAGE_END);
    default:
        return make(
            "card", TONE_WARN,
            L_("Card not read. Lay it flat and try again", NC_("large", "Put the card down once more")), "",
            _("Only one card at a time, without a purse around it."), _("OK"), MESSAGE_END);
    }
}

/* ---- A payment ----------------------------------------------------------------------------------------------------- */

static const char *untouched(const struct kiosk_payment_event *payment)
{
    return payment->load ? L_("No money was put on the card", NC_("large", "Nothing was added"))
                         : L_("No money was taken", NC_("large", "No money was taken"));
}

static struct message of_low(const struct kiosk_payment_event *payment)
{
    g_autofree char *amount = words_amount(payment->short_fen);
    g_autofree char *reason = g_strdup_printf(L_("%s short", NC_("large", "%s short")), amount);

    return make("wallet", TONE_WARN, untouched(payment), reason, _("Choose fewer bills, or add money at the desk."),
                _("Choose again"), MESSAGE_ANEW);
}

static struct message of_limit(const struct kiosk_payment_event *payment, int64_t offline_payment_fen_max)
{
    g_autofree char *amount = words_amount(offline_payment_fen_max);
    g_autofree char *most = g_strdup_printf(_("While offline at most %s can be paid at once"), amount);

    if (strcmp(payment->reason, "LIMIT_PAYMENT") == 0)
        return make("offline", TONE_WARN, untouched(payment), most, _("Choose fewer bills, or go to the desk."),
                    _("Choose again"), MESSAGE_ANEW);
    return make("offline", TONE_WARN, untouched(payment),
                L_("Daily limit reached", NC_("large", "Used up for today")),
                _("Come back tomorrow, or go to the desk."), _("Home"), MESSAGE_HOME);
}

static struct message of_not_now(const struct kiosk_payment_event *payment)
{
    static const struct {
        const char *reason, *text;
    } table[] = {
        {"NO_SAM", N_("The payment module of this machine is not ready")},
        {"HOTLIST_OLD", N_("View only while offline")},
        {"CLOCK", N_("The clock of this machine is being set")},
        {"STORE", N_("This machine cannot keep its records just now")},
        {"JOURNAL_WAITS", N_("This machine is fetching its records again. It will be ready by itself")},
        {"JOURNAL_LOST", N_("Our staff first have to look at this machine's records")},
        {"DISK_FULL", N_("This machine has no room for new records just now")},
    };
    const char *reason = _("This machine cannot take payments just now");

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (strcmp(payment->reason, table[i].reason) == 0)
            reason = _(table[i].text);
    return make("info", TONE_WARN, untouched(payment), reason, _("You can pay at the service desk."), _("Home"),
                MESSAGE_HOME);
}

static struct message of_failed(const struct kiosk_payment_event *payment, bool card_present)
{
    if (!card_present)
        return make("card", TONE_WARN, untouched(payment),
                    L_("Card removed too soon. Put it back", NC_("large", "Put the card back")),
                    _("Leave it there until you see the tick."), _("OK"), MESSAGE_END);
    return make("card", TONE_WARN, untouched(payment), _("The card and the machine did not finish"),
                _("Lay the card flat and try again."), _("Try again"), MESSAGE_RETRY);
}

static struct message of_void(const struct kiosk_payment_event *payment)
{
    if (payment->recovered)
        return make("tick", TONE_INFO, _("No money was taken last time"),
                    _("The last payment did not go through. It has been checked on your card."),
                    _("You can pay these bills again."), _("See bills"), MESSAGE_ANEW);
    return make("card", TONE_WARN, untouched(payment), _("The payment did not go through"),
                _("Lay the card flat and try again."), _("Try again"), MESSAGE_RETRY);
}

/* What the person has in the hand is cash: where that is comes behind what happened to the card. */
static const char *cash(void)
{
    return _("Your cash is at the desk: they try again with you, or give it back.");
}

static struct message of_load_refused(const struct kiosk_payment_event *payment)
{
    if (strcmp(payment->reason, "STAFF") == 0)
        return make("people", TONE_WARN, untouched(payment), _("Staff have to put their card here first"),
                    _("It counts for five minutes. Ask them once more, please."), _("OK"), MESSAGE_ANEW);
    if (strcmp(payment->reason, "OFFLINE") == 0)
        return make("offline", TONE_WARN, untouched(payment), _("Adding money needs the network"), cash(), _("Home"), MESSAGE_HOME);
    return make("info", TONE_WARN, untouched(payment), _("Money cannot be added here just now"), cash(), _("Home"), MESSAGE_HOME);
}

/* False: it is no different with a load. */
static bool of_load(const struct kiosk_payment_event *payment, struct message *out)
{
    if (payment->phase == KIOSK_PAYMENT_LIMIT)
        *out = make("wallet", TONE_WARN, untouched(payment), _("The card would hold more than it may"),
                    _("Choose less. Staff give you the rest of the cash back."), _("Choose again"), MESSAGE_ANEW);
    else if (payment->phase == KIOSK_PAYMENT_NOT_NOW)
        *out = of_load_refused(payment);
    else if (payment->phase == KIOSK_PAYMENT_VOID && payment->recovered)
        *out = make("tick", TONE_INFO, _("No money was put on the card last time"), _("It has been checked on your card."), cash(), _("Home"),
                    MESSAGE_HOME);
    else if (payment->phase == KIOSK_PAYMENT_VOID)
        *out = make("card", TONE_WARN, untouched(payment), _("The card and the machine did not finish"), cash(), _("Try again"), MESSAGE_RETRY);
    else if (payment->phase == KIOSK_PAYMENT_FAILED && strcmp(payment->reason, "NO_ANSWER") == 0)
        *out = make("offline", TONE_WARN, untouched(payment), _("The platform did not answer"), cash(), _("Try again"), MESSAGE_RETRY);
    else
        return false;
    return true;
}

struct message message_of_payment(const struct kiosk_payment_event *payment, bool card_present,
                                  int64_t offline_payment_fen_max)
{
    struct message message;

    if (payment->load && of_load(payment, &message))
        return message;
    switch (payment->phase) {
    case KIOSK_PAYMENT_VOID:
        return of_void(payment);
    case KIOSK_PAYMENT_LOW:
        return of_low(payment);
    case KIOSK_PAYMENT_LIMIT:
        /* The machine's own limits are full: no matter of this person or this day. */
        if (strcmp(payment->reason, "LIMIT_TOTAL") == 0 || strcmp(payment->reason, "LIMIT_COUNT") == 0)
            return of_not_now(payment);
        return of_limit(payment, offline_payment_fen_max);
    case KIOSK_PAYMENT_NOT_NOW:
        return of_not_now(payment);
    case KIOSK_PAYMENT_PIN_BLOCKED:
        return make("lock", TONE_DANGER, untouched(payment), _("The card's PIN is locked"), desk(), _("Get help"),
                    MESSAGE_HELP);
    case KIOSK_PAYMENT_OTHER_CARD:
        return make("card", TONE_WARN, untouched(payment), _("Another card lies on the reader"),
                    _("Put back the card you started with."), _("OK"), MESSAGE_END);
    case KIOSK_PAYMENT_ELSEWHERE:
        return make("tick", TONE_INFO, untouched(payment),
                    L_("Already paid elsewhere", NC_("large", "Already paid")),
                    _("You need not do anything."), _("See bills"), MESSAGE_ANEW);
    default:
        if (strcmp(payment->reason, "CARD_LOST") == 0) /* reported while it lay there */
            return message_of_verdict(KIOSK_CARD_LOST);
        return of_failed(payment, card_present);
    }
}

/* ---- The machine ------------------------------------------------------------------------------------------------ */

/* No more than fits, and never half a character: words of this machine's settings are as long as somebody made them. */
static void copy_whole(char *out, const char *text, size_t size)
{
    const char *end;

    g_strlcpy(out, text, size);
    if (!g_utf8_validate(out, -1, &end))
        out[end - out] = '\0';
}

/* "" when nobody has said where it is. */
static char *next_machine(const char *next_kiosk)
{
    return next_kiosk != NULL && *next_kiosk != '\0' ? g_strdup_printf(L_("The next machine: %s", NC_("large", "Next machine: %s")), next_kiosk)
                                                     : g_strdup("");
}

static void add(struct trouble *troubles, size_t *count, const char *icon, bool severe, const char *text)
{
    struct trouble *trouble = &troubles[*count];

    g_assert(*count < TROUBLES_MAX);
    trouble->icon = icon;
    trouble->severe = severe;
    copy_whole(trouble->text, text, sizeof trouble->text);
    (*count)++;
}

static const char *reader_trouble(enum kiosk_reader_status reader)
{
    switch (reader) {
    case KIOSK_READER_NO_SERVICE:
        return L_("The card reader is starting again", NC_("large", "Card reader is starting"));
    case KIOSK_READER_NONE:
        return L_("No card reader is connected", NC_("large", "No card reader"));
    default:
        return L_("The card reader is in use by another program", NC_("large", "Card reader is busy"));
    }
}

static void add_offline(const struct kiosk_status *status, struct trouble *troubles, size_t *count)
{
    g_autofree char *time = words_clock(status->synced_ms);
    g_autofree char *text =
        status->synced_ms == 0
            ? g_strdup(L_("Offline. Some tasks finish later", NC_("large", "Offline, noted for later")))
            : g_strdup_printf(L_("Offline. Some tasks finish later (data as of %s)",
                                 NC_("large", "Offline since %s, noted for later")),
                              time);

    add(troubles, count, "offline", false, text);
}

static void add_printer(const char *reason, struct trouble *troubles, size_t *count)
{
    if (reason == NULL || *reason == '\0')
        return;
    add(troubles, count, "print", false,
        strstr(reason, "PAPER") != NULL
            ? L_("The printer has no paper", NC_("large", "No paper"))
            : L_("The printer does not work", NC_("large", "Printer does not work")));
}

static const char *records_trouble(enum kiosk_records records)
{
    switch (records) {
    case KIOSK_RECORDS_WAIT:
        return L_("Records are being fetched. No payments now", NC_("large", "No payments now"));
    case KIOSK_RECORDS_LOST:
        return L_("Staff have to look at the records. No payments now", NC_("large", "No payments now"));
    case KIOSK_RECORDS_FULL:
        return L_("No room for new records. No payments now", NC_("large", "No payments now"));
    default:
        return L_("Records cannot be kept. No payments now", NC_("large", "No payments now"));
    }
}

static void add_reader(const struct kiosk_status *status, const char *next_kiosk, struct trouble *troubles, size_t *count)
{
    g_autofree char *next = next_machine(next_kiosk),
                    *text = g_strdup_printf("%s%s%s", reader_trouble(status->reader), *next != '\0' ? ". " : "", next);

    add(troubles, count, "reader", true, text);
}

size_t message_troubles(const struct kiosk_status *status, const char *printer_reason, const char *next_kiosk, struct trouble *troubles)
{
    size_t count = 0;

    if (status->reader != KIOSK_READER_READY)
        add_reader(status, next_kiosk, troubles, &count);
    if (!status->store_ok)
        add(troubles, &count, "warn", true, records_trouble(status->records));
    else if (!status->sam_ready)
        add(troubles, &count, "lock", true,
            L_("The payment module is not ready. No payments now", NC_("large", "No payments now")));
    else if (!status->clock_trusted)
        add(troubles, &count, "clock", true,
            L_("The clock is being set. No payments now", NC_("large", "No payments now")));
    else if (status->clock_drifting)
        add(troubles, &count, "clock", false,
            L_("This machine's clock is off. Dates come from the platform", NC_("large", "The clock here is off")));
    if (!status->online)
        add_offline(status, troubles, &count);
    add_printer(printer_reason, troubles, &count);
    return count;
}

bool message_for_staff(const struct kiosk_status *status, bool speech_broken, struct trouble *trouble)
{
    size_t count = 0;

    if (status->records == KIOSK_RECORDS_LOST)
        add(trouble, &count, "warn", true, _("Records are missing here: call a technician. What was paid is on the cards"));
    else if (status->records == KIOSK_RECORDS_WAIT)
        add(trouble, &count, "warn", true, _("Records come from the platform: see that the network cable is in"));
    else if (status->records == KIOSK_RECORDS_FULL || status->disk_little)
        add(trouble, &count, "warn", status->records == KIOSK_RECORDS_FULL,
            _("The disk has little room: call a technician"));
    else if (status->hotlist_damaged)
        add(trouble, &count, "warn", true, _("The list of lost cards cannot be read in part; it is fetched anew"));
    else if (speech_broken)
        add(trouble, &count, "voice-off", false, _("The machine cannot speak: see that its speech program is installed"));
    else if (status->key_in_file)
        add(trouble, &count, "lock", false, _("Keys lie in a file here, not in a security chip (TPM)"));
    return count > 0;
}

bool message_of_machine(const struct kiosk_status *status, const char *next_kiosk, struct message *message)
{
    g_autofree char *next = next_machine(next_kiosk);

    if (status->reader == KIOSK_READER_READY)
        return false;
    *message = make("reader", TONE_WARN, _("Cards cannot be read just now"), reader_trouble(status->reader),
                    _("Nothing is lost. It is tried again by itself; the desk can help meanwhile."),
                    _("Get help"), MESSAGE_HELP);
    if (*next != '\0')
        copy_whole(message->advice, next, sizeof message->advice);
    return true;
}
