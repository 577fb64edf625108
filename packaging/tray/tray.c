/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card tray of the demonstration: a small window beside the kiosk in which one puts a card on the reader, takes it
 * away or swaps it, pulls the network cable and empties the printer. It speaks to the virtual cards' control socket; the
 * cable is a real network link, set down and up.
 */
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <gtk/gtk.h>
#include <jansson.h>

struct tray {
    char *control;  /* socket of the virtual cards */
    char *link;     /* network interface towards the platform */
    char *paper;    /* file that stands for an empty roll */
    char *personas; /* the cards on the tray */
    GtkWidget *status;
    GtkWidget *away; /* the choice "no card" */
};

static void say(struct tray *tray, const char *text)
{
    gtk_label_set_text(GTK_LABEL(tray->status), text);
}

/* One line to the control socket and one back. */
static char *control_ask(struct tray *tray, const char *command, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(tray->control);
    g_autoptr(GSocketConnection) connection =
        g_socket_client_connect(client, G_SOCKET_CONNECTABLE(address), NULL, error);
    if (connection == NULL)
        return NULL;
    g_autofree char *line = g_strdup_printf("%s\n", command);
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    if (!g_output_stream_write_all(out, line, strlen(line), NULL, NULL, error))
        return NULL;
    g_autoptr(GDataInputStream) in = g_data_input_stream_new(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
    return g_data_input_stream_read_line(in, NULL, NULL, error);
}

static void control_do(struct tray *tray, const char *command, const char *done)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *answer = control_ask(tray, command, &error);

    if (answer != NULL && g_str_has_prefix(answer, "ok"))
        say(tray, done);
    else
        say(tray, answer != NULL ? answer : error != NULL ? error->message : "no answer");
}

static void card_chosen(GtkCheckButton *choice, struct tray *tray)
{
    const char *key = g_object_get_data(G_OBJECT(choice), "key");
    g_autofree char *command = NULL;

    if (!gtk_check_button_get_active(choice))
        return;
    if (key == NULL) {
        control_do(tray, "remove", "卡拿走了 · card taken away");
        return;
    }
    command = g_strdup_printf("swap %s 700", key);
    control_do(tray, command, "卡放上了 · card on the reader");
}

static void swap_fast(GtkButton *button, struct tray *tray)
{
    control_do(tray, "swap adult 100", "0.1 秒内换了卡 · swapped within 0.1 s");
}

static void cable_toggled(GtkSwitch *cable, GParamSpec *spec, struct tray *tray)
{
    g_autoptr(GError) error = NULL;
    bool in = gtk_switch_get_active(cable);
    g_autoptr(GSubprocess) ip = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, "ip", "link", "set", tray->link,
                                                 in ? "up" : "down", NULL);
    if (ip == NULL || !g_subprocess_wait_check(ip, NULL, &error))
        say(tray, error->message);
    else
        say(tray, in ? "网线插上了 · cable in" : "网线拔了 · cable out");
}

static void paper_toggled(GtkSwitch *paper, GParamSpec *spec, struct tray *tray)
{
    g_autoptr(GError) error = NULL;

    if (gtk_switch_get_active(paper))
        g_unlink(tray->paper);
    else if (!g_file_set_contents(tray->paper, "", 0, &error)) {
        say(tray, error->message);
        return;
    }
    say(tray, gtk_switch_get_active(paper) ? "有纸 · paper in" : "没纸了 · out of paper");
}

static void sam_toggled(GtkSwitch *sam, GParamSpec *spec, struct tray *tray)
{
    bool in = gtk_switch_get_active(sam);
    control_do(tray, in ? "sam on" : "sam off", in ? "PSAM 在 · PSAM in" : "PSAM 拔了 · PSAM out");
}

static GtkWidget *switch_row(const char *text, GCallback toggled, struct tray *tray)
{
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *label = gtk_label_new(text);
    GtkWidget *toggle = gtk_switch_new();

    gtk_widget_set_hexpand(label, TRUE);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_switch_set_active(GTK_SWITCH(toggle), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(toggle), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
    g_signal_connect(toggle, "notify::active", toggled, tray);
    gtk_box_append(GTK_BOX(row), label);
    gtk_box_append(GTK_BOX(row), toggle);
    return row;
}

static GtkWidget *card_choice(struct tray *tray, GtkWidget *group, const char *text, const char *key)
{
    GtkWidget *choice = gtk_check_button_new_with_label(text);

    gtk_check_button_set_group(GTK_CHECK_BUTTON(choice), GTK_CHECK_BUTTON(group));
    g_object_set_data_full(G_OBJECT(choice), "key", g_strdup(key), g_free);
    g_signal_connect(choice, "toggled", G_CALLBACK(card_chosen), tray);
    return choice;
}

static void cards_add(struct tray *tray, GtkBox *box)
{
    json_error_t error;
    json_t *root = json_load_file(tray->personas, JSON_REJECT_DUPLICATES, &error);
    json_t *card;
    size_t i;

    tray->away = gtk_check_button_new_with_label("没有卡 · no card");
    gtk_check_button_set_active(GTK_CHECK_BUTTON(tray->away), TRUE);
    g_signal_connect(tray->away, "toggled", G_CALLBACK(card_chosen), tray);
    gtk_box_append(box, tray->away);
    json_array_foreach(json_object_get(root, "cards"), i, card) {
        const char *key = json_string_value(json_object_get(card, "key"));
        const char *name = json_string_value(json_object_get(card, "name"));
        const char *note = json_string_value(json_object_get(card, "note"));
        g_autofree char *text = g_strdup_printf("%s · %s", name ? name : "?", note ? note : "");
        if (key != NULL)
            gtk_box_append(box, card_choice(tray, tray->away, text, key));
    }
    if (root == NULL)
        g_printerr("%s: %s\n", tray->personas, error.text);
    json_decref(root);
}

static void activate(GtkApplication *app, struct tray *tray)
{
    GtkWidget *window = gtk_application_window_new(app);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
    GtkWidget *swap = gtk_button_new_with_label("0.1 秒内换成另一张 · swap within 0.1 s");

    gtk_window_set_title(GTK_WINDOW(window), "卡托盘 · Card tray");
    gtk_widget_set_margin_start(box, 16);
    gtk_widget_set_margin_end(box, 16);
    gtk_widget_set_margin_top(box, 16);
    gtk_widget_set_margin_bottom(box, 16);
    cards_add(tray, GTK_BOX(box));
    g_signal_connect(swap, "clicked", G_CALLBACK(swap_fast), tray);
    gtk_box_append(GTK_BOX(box), swap);
    gtk_box_append(GTK_BOX(box), switch_row("网线 · network cable", G_CALLBACK(cable_toggled), tray));
    gtk_box_append(GTK_BOX(box), switch_row("打印纸 · paper", G_CALLBACK(paper_toggled), tray));
    gtk_box_append(GTK_BOX(box), switch_row("PSAM", G_CALLBACK(sam_toggled), tray));
    tray->status = gtk_label_new("");
    gtk_label_set_wrap(GTK_LABEL(tray->status), TRUE);
    gtk_box_append(GTK_BOX(box), tray->status);
    gtk_window_set_child(GTK_WINDOW(window), box);
    gtk_window_present(GTK_WINDOW(window));
}

int main(int argc, char **argv)
{
    struct tray tray = {0};
    const GOptionEntry entries[] = {
        {"control", 0, 0, G_OPTION_ARG_FILENAME, &tray.control, "Control socket of the virtual cards", "SOCKET"},
        {"cable", 0, 0, G_OPTION_ARG_STRING, &tray.link, "Network link towards the platform", "LINK"},
        {"paper", 0, 0, G_OPTION_ARG_FILENAME, &tray.paper, "File that stands for an empty roll", "FILE"},
        {"personas", 0, 0, G_OPTION_ARG_FILENAME, &tray.personas, "The cards on the tray", "FILE"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("- card tray of the demonstration");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || !tray.control || !tray.link || !tray.paper ||
        !tray.personas) {
        g_printerr("%s\n", error ? error->message : "all four options are needed: see --help");
        return 2;
    }
    g_autoptr(GtkApplication) app = gtk_application_new("org.citycard.Tray", G_APPLICATION_NON_UNIQUE);
    g_signal_connect(app, "activate", G_CALLBACK(activate), &tray);
    return g_application_run(G_APPLICATION(app), 0, NULL);
}
