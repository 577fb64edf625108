/* SPDX-License-Identifier: Apache-2.0 */
#include "speech.h"
#include "device/headset.h"
#include "device/voice.h"
#include "shell.h"
#include "ui.h"

#include <openssl/crypto.h>

#define PLUG_ASKED_MS 250

static void forget(struct speech *speech)
{
    if (speech->said != NULL)
        OPENSSL_cleanse(speech->said, strlen(speech->said));
    g_clear_pointer(&speech->said, g_free);
    speech->alone = false;
}

/* Told once, by the voice itself: staff see it in the strip of troubles. */
static void on_fault(void *data)
{
    struct ui *ui = data;

    ui->speech.broken = true;
    if (ui->shell != NULL && ui->page != NULL)
        shell_update(ui->shell);
}

void speech_start(struct ui *ui)
{
    ui->voice = voice_new(&(struct voice_setup){
        .wav_dir = ui->options.wav_dir, .clips_dir = ui->options.config->clips, .fault = on_fault, .data = ui});
    ui->speech.volume = VOICE_VOLUME_DEFAULT;
}

void speech_end(struct ui *ui)
{
    speech_stop(ui);
    voice_free(g_steal_pointer(&ui->voice));
    forget(&ui->speech);
}

void speech_stop(struct ui *ui)
{
    voice_stop(ui->voice);
    g_clear_handle_id(&ui->speech.plug_watch, g_source_remove);
}

/* ---- To whom ------------------------------------------------------------------------------------------------------------ */

static bool somebody_listens_alone(const struct ui *ui)
{
    return headset_plugged(ui->options.config->headset);
}

static gboolean on_plug(gpointer data)
{
    struct ui *ui = data;

    if (voice_speaking(ui->voice) && somebody_listens_alone(ui))
        return G_SOURCE_CONTINUE;
    ui->speech.plug_watch = 0;
    if (voice_speaking(ui->voice)) {
        voice_stop(ui->voice);
        forget(&ui->speech);
    }
    return G_SOURCE_REMOVE;
}

static void utter(struct ui *ui, const char *text, bool alone)
{
    g_clear_handle_id(&ui->speech.plug_watch, g_source_remove);
    voice_say(ui->voice, texts_code(texts_language()), text);
    if (alone && voice_speaking(ui->voice))
        ui->speech.plug_watch = g_timeout_add(PLUG_ASKED_MS, on_plug, ui);
}

/* Takes `text`: it is what "say it again" says. */
static void remember(struct ui *ui, char *text, bool alone)
{
    forget(&ui->speech);
    ui->speech.said = text;
    ui->speech.alone = alone;
}

/* ---- What ---------------------------------------------------------------------------------------------------------------- */

static void read_labels(GtkWidget *widget, GString *text)
{
    if (!gtk_widget_get_child_visible(widget) || !gtk_widget_get_visible(widget))
        return;
    if (GTK_IS_LABEL(widget))
        g_string_append_printf(text, "%s\n", gtk_label_get_text(GTK_LABEL(widget)));
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL; child = gtk_widget_get_next_sibling(child))
        read_labels(child, text);
}

/* All that stands on the page, in the order of reading. */
static char *all_of(const struct page *page)
{
    GString *text = g_string_new(NULL);

    read_labels(page->widget, text);
    return g_string_free(text, FALSE);
}

void speech_of_page(struct ui *ui, const struct page *page)
{
    bool alone = somebody_listens_alone(ui);
    char *text = alone                        ? all_of(page)
                 : page->class->speech != NULL ? page->class->speech(ui)
                                              : NULL;

    if (alone || ui->voice_on)
        utter(ui, text, alone);
    else
        speech_stop(ui);
    if ((page->class->flags & PAGE_ASIDE) == 0)
        remember(ui, text, alone);
    else
        g_free(text);
}

void speech_of_button(struct ui *ui, GtkWidget *button)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!somebody_listens_alone(ui))
        return;
    read_labels(button, text);
    if (gtk_widget_has_css_class(button, "kx-chosen"))
        g_string_append(text, _("Chosen"));
    utter(ui, text->str, true);
}

void speech_say(struct ui *ui, const char *text)
{
    utter(ui, text, false);
    remember(ui, g_strdup(text), false);
}

/* What was for a headset is not for the hall. */
void speech_repeat(struct ui *ui)
{
    struct speech *speech = &ui->speech;

    if (speech->said != NULL && (!speech->alone || somebody_listens_alone(ui)))
        utter(ui, speech->said, speech->alone);
}

void speech_try(struct ui *ui, const char *text)
{
    utter(ui, text, somebody_listens_alone(ui));
}

/* ---- How ------------------------------------------------------------------------------------------------------------------ */

bool speech_turn(struct ui *ui, int steps)
{
    int volume = (int)ui->speech.volume + steps;

    if (volume < 0 || volume >= VOICE_VOLUMES)
        return false;
    ui->speech.volume = (unsigned)volume;
    voice_set_volume(ui->voice, ui->speech.volume);
    return true;
}

void speech_set_slow(struct ui *ui, bool slow)
{
    ui->speech.slow = slow;
    voice_set_slow(ui->voice, slow);
}

void speech_forget(struct ui *ui)
{
    forget(&ui->speech);
}

void speech_reset(struct ui *ui)
{
    forget(&ui->speech);
    speech_set_slow(ui, false);
    speech_turn(ui, VOICE_VOLUME_DEFAULT - (int)ui->speech.volume);
}

bool speech_is_changed(const struct ui *ui)
{
    return ui->speech.slow || ui->speech.volume != VOICE_VOLUME_DEFAULT;
}
