/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* German. Add a language: docs/pages.md. */

#include "lib/pages/words.h"

const mssl_words_t mssl_words_de = {
    .lang = "de",
    .asked = "Aufgerufene Adresse: {host}",
    .todo = "Was Sie tun können",
    .leads = "Der Link führt zu {link}",
    .owner = "Für den Betreiber der Website",
    .example = "Beispiel: {link}",
    .contact = "Kontakt: {contact}",
    .support = "Für den Support: Seite {code}, Host {host}, Zeit {time}",
    .go_on = "Weiter",
    .pages = {
    [MSSL_PAGE_WRONG_CERT] = {
        .title = "Diese Verbindung gehört zu einer anderen Adresse",
        .text = "Ihr Browser hat diese Website über eine Verbindung erreicht, die für eine andere "
                "Adresse aufgebaut wurde. Zu Ihrer Sicherheit wird darüber nichts gezeigt.",
        .todo = { "Öffnen Sie die Website neu, in einem neuen Tab oder Fenster.",
                  "Wenn diese Seite wieder erscheint, sagen Sie es dem Betreiber der Website." },
        .owner = "Das Zertifikat dieser Verbindung enthält den gefragten Namen nicht. Ist es Ihr "
                 "Name, dann braucht er ein Zertifikat auf diesem Server.",
        .link = "Website neu öffnen",
    },
    [MSSL_PAGE_VIA_SWITCH] = {
        .title = "Noch ein Schritt zu dieser Website",
        .text = "Viele Websites teilen sich diesen Server, und Ihr Browser oder Programm hat nicht "
                "gesagt, zu welcher es möchte. Das muss der Server wissen, bevor er die richtige "
                "zeigen kann.",
        .todo = { "Sagen Sie dem Server, zu welcher Website Sie möchten. Aktuelle Browser tun das von "
                  "selbst.",
                  "Wenn diese Seite wieder erscheint, nehmen Sie einen neueren Browser oder ein "
                  "neueres Programm.",
                  "Wenn Sie ein Formular abgeschickt haben, senden Sie es noch einmal, sobald die "
                  "Website offen ist: Es wurde nichts davon behalten." },
        .owner = "Diese Seite sehen alte Programme, die beim Verbinden den Namen der Website nicht "
                 "mitschicken (SNI). Aktuelle Browser sehen sie nie.",
        .link = "Weiter zur Website",
    },
    [MSSL_PAGE_NO_CERT] = {
        .title = "Diese Website ist hier nicht sicher erreichbar",
        .text = "Diese Website gibt es hier nicht über eine sichere Verbindung. Der Server "
                "funktioniert, hat unter diesem Namen aber nichts zu zeigen.",
        .todo = { "Prüfen Sie die Adresse auf Tippfehler.",
                  "Wenn die Adresse stimmt, versuchen Sie es später noch einmal, oder sagen Sie es "
                  "dem Betreiber der Website." },
        .owner = "Auf diesem Server gibt es kein Zertifikat für den Namen. Bitten Sie Ihren "
                 "Hoster, eines einzurichten (HTTPS), und prüfen Sie, ob das DNS des Namens auf den "
                 "richtigen Server zeigt.",
    },
    [MSSL_PAGE_NO_NAME] = {
        .title = "Zu welcher Website möchten Sie?",
        .text = "Ihre Anfrage sagt nicht, für welche Website sie ist. Viele Websites teilen sich "
                "diesen Server, und eine bloße Zahl als Adresse steht für keine davon.",
        .todo = { "Nehmen Sie den Namen der Website als Adresse, zum Beispiel "
                  "https://www.example.com/." },
        .owner = "Die Anfrage hat keinen Host-Header, oder einen, der kein Hostname ist. Links und "
                 "Überwachung brauchen den Namen der Website.",
    },
    [MSSL_PAGE_LOOP] = {
        .title = "Sie wurden zu oft hin- und hergeschickt",
        .text = "Dieser Server hat Sie mehrmals weitergeschickt, und Sie sind trotzdem nicht bei "
                "der Website angekommen. Das kommt vor, wenn Ihre Verbindungen von wechselnden "
                "Adressen kommen oder ein altes Programm nicht sagt, zu welcher Website es möchte.",
        .todo = { "Warten Sie eine Minute und versuchen Sie es dann noch einmal.",
                  "Versuchen Sie es in einem anderen Netz, ohne VPN oder Proxy.",
                  "Nehmen Sie einen neueren Browser." },
        .owner = "Das Programm kam innerhalb einer Minute dreimal von der Weiche zurück, jedes Mal "
                 "ohne das richtige Zertifikat.",
        .link = "Noch einmal versuchen",
    },
    [MSSL_PAGE_CLIENT_CERT] = {
        .title = "Diese Website braucht eine eigene Verbindung",
        .text = "Diese Website erkennt ihre Besucher an etwas, das auf deren Gerät liegt, und die "
                "offene Verbindung wurde für eine andere Website begonnen.",
        .todo = { "Schließen Sie alle Fenster Ihres Browsers und öffnen Sie die Adresse dann neu." },
        .owner = "Die Website verlangt Client-Zertifikate. Sie braucht einen virtuellen Host mit "
                 "eigenen TLS-Einstellungen und Verbindungen, die für ihren Namen geöffnet werden.",
    },
    [MSSL_PAGE_NOT_A_PROXY] = {
        .title = "Dieser Server ist kein Proxy",
        .text = "Ihr Programm hat diesen Server gebeten, etwas von anderswo zu holen. Das tut er "
                "nicht.",
        .todo = { "Prüfen Sie die Proxy-Einstellungen Ihres Browsers oder Programms." },
        .owner = "Die Anfrage war CONNECT, galt einem anderen Server oder nannte zwei verschiedene "
                 "Hosts.",
    },
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        .title = "Diese Hilfsseite ist nicht eingerichtet",
        .text = "Diese Adresse soll Besucher zu ihrer Website bringen, ist aber noch nicht so weit.",
        .todo = { "Öffnen Sie die gewünschte Website unter ihrer eigenen Adresse." },
        .owner = "MSSLSwitchURL nennt diese Adresse, also braucht ihr virtueller Host für diesen Pfad "
                 "\"SetHandler mssl-switch\".",
    },
    [MSSL_PAGE_SWITCH_INFO] = {
        .title = "Eine Hilfsseite für ältere Programme",
        .text = "Viele Websites teilen sich diesen Server, und ältere Programme sagen nicht, zu "
                "welcher sie möchten. Hier können sie es: Die Adresse einer Website, hinter ein "
                "Fragezeichen geschrieben, wird einige Minuten gemerkt, und das Programm wird zu "
                "dieser Website gebracht.",
        .todo = { "Mit einem aktuellen Browser brauchen Sie diese Seite nicht: Öffnen Sie die "
                  "gewünschte Website unter ihrer eigenen Adresse." },
        .owner = "Links für alte Programme beginnen mit der Adresse dieser Seite (einer "
                 "\"Weiche\").",
    },
    [MSSL_PAGE_SWITCH_BAD] = {
        .title = "Diesem Link kann nicht gefolgt werden",
        .text = "Der Link, der Sie hergebracht hat, ist nicht vollständig oder führt an einen Ort, "
                "zu dem diese Seite Sie nicht schicken darf. Sie schickt nur zu sicheren Adressen "
                "von Websites auf diesem Server.",
        .todo = { "Gehen Sie zurück, oder tippen Sie die Adresse der Website selbst ein." },
        .owner = "Hinter dem Fragezeichen muss eine URL wie https://www.example.com/page stehen, zu "
                 "einer Website und einem Port dieses Servers, ausgeschrieben oder als Ganzes "
                 "prozentkodiert.",
    },
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        .title = "Diese Website gibt es hier nicht",
        .text = "Der Link, der Sie hergebracht hat, führt zu einem Namen, den dieser Server nicht "
                "kennt.",
        .todo = { "Prüfen Sie den Link auf Tippfehler.",
                  "Wenn der Link stimmt, sagen Sie es dem Betreiber der Website." },
        .owner = "Auf diesem Server gibt es kein Zertifikat für den Namen im Link, und diese Seite "
                 "führt nur zu Namen, die eines haben.",
    },
    [MSSL_PAGE_SWITCH_METHOD] = {
        .title = "Hierher führen nur Links",
        .text = "Diese Seite nimmt nur Links und eingetippte Adressen an, keine Formulare und keine "
                "anderen Daten. Von dem, was Sie gesendet haben, wurde nichts behalten.",
        .todo = { "Öffnen Sie zuerst die Website und senden Sie Ihre Daten dort." },
        .owner = "Die Weiche beantwortet GET und HEAD. Kein Formular darf zu ihr führen.",
    },
    [MSSL_PAGE_SWITCH_LATER] = {
        .title = "Bitte versuchen Sie es gleich noch einmal",
        .text = "Der Server konnte sich nicht merken, zu welcher Website Sie möchten. Das geht meist "
                "schnell vorbei.",
        .todo = { "Warten Sie zehn Sekunden und versuchen Sie es dann noch einmal." },
        .owner = "Der Cache von MSSLIntentCache antwortet nicht. Das Fehlerprotokoll des Servers "
                 "sagt, warum.",
        .link = "Noch einmal versuchen",
    },
    [MSSL_PAGE_MOVED] = {
        .title = "Sie werden weitergeleitet",
        .text = "Was Sie suchen, hat eine andere Adresse.",
        .todo = { "Wenn Ihr Browser nicht von selbst dorthin geht, folgen Sie dem Link." },
        .link = "Weiter",
    },
    [MSSL_PAGE_BAD_REQUEST] = {
        .title = "Diese Anfrage wurde nicht verstanden",
        .text = "Ihr Browser oder Programm hat etwas gesendet, das dieser Server nicht versteht, "
                "oder ist nicht rechtzeitig fertig geworden.",
        .todo = { "Prüfen Sie die Adresse und versuchen Sie es dann noch einmal." },
        .owner = "Die Anfrage wurde abgelehnt, bevor feststand, für welche Website sie ist.",
    },
    [MSSL_PAGE_MAKING] = {
        .title = "Das Zertifikat für diese Website wird gerade erstellt",
        .text = "Diese Website ist eben erst hier eingezogen, und ihre sichere Verbindung wird "
                "noch eingerichtet. Das dauert meist nur wenige Sekunden.",
        .todo = { "Warten Sie ein paar Sekunden, und laden Sie diese Seite dann neu.",
                  "Kommt diese Seite nach einer Stunde immer noch, geben Sie dem Betreiber der "
                  "Website Bescheid." },
        .owner = "Der Server hat für den Namen ein Zertifikat bei einer Zertifizierungsstelle "
                 "bestellt. Der Administrator sieht mit \"msslctl job {host}\", wie weit das ist.",
        .link = "Website unverschlüsselt öffnen",
    },
    [MSSL_PAGE_PENDING] = {
        .title = "Das Zertifikat für diese Website wartet auf eine Freigabe",
        .text = "Die sichere Verbindung dieser Website ist noch nicht fertig: Jemand muss sie erst "
                "freigeben.",
        .todo = { "Kommen Sie später wieder.",
                  "Dauert es lange, geben Sie dem Betreiber der Website Bescheid." },
        .owner = "Für den Namen ist ein Zertifikat beantragt, und bevor es erstellt wird, muss "
                 "jemand handeln. Der Administrator sieht mit \"msslctl job {host}\", wer.",
        .link = "Website unverschlüsselt öffnen",
    },
    },
};
