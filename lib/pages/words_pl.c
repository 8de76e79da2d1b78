/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Polish. Add a language: docs/pages.md. */

#include "lib/pages/words.h"

const mssl_words_t mssl_words_pl = {
    .lang = "pl",
    .asked = "Żądany adres: {host}",
    .todo = "Co można zrobić",
    .leads = "Link prowadzi do {link}",
    .owner = "Dla właściciela strony",
    .example = "Przykład: {link}",
    .contact = "Kontakt: {contact}",
    .support = "Dla pomocy technicznej: strona {code}, host {host}, czas {time}",
    .go_on = "Dalej",
    .pages = {
    [MSSL_PAGE_WRONG_CERT] = {
        .title = "To połączenie należy do innego adresu",
        .text = "Przeglądarka dotarła do tej strony przez połączenie nawiązane dla innego adresu. "
                "Dla bezpieczeństwa nic nie jest przez nie pokazywane.",
        .todo = { "Proszę otworzyć stronę ponownie, w nowej karcie lub nowym oknie.",
                  "Jeśli ten komunikat wróci, proszę powiadomić właściciela strony." },
        .owner = "Certyfikat tego połączenia nie zawiera żądanej nazwy. Jeśli nazwa należy do "
                 "Państwa, potrzebuje certyfikatu na tym serwerze.",
        .link = "Otwórz stronę ponownie",
    },
    [MSSL_PAGE_VIA_SWITCH] = {
        .title = "Jeszcze jeden krok do tej strony",
        .text = "Z tego serwera korzysta wiele stron, a przeglądarka lub program nie podały, której "
                "z nich szukają. Serwer musi to wiedzieć, zanim pokaże właściwą.",
        .todo = { "Proszę podać serwerowi szukaną stronę. Obecne przeglądarki robią to same.",
                  "Jeśli ten komunikat wróci, proszę użyć nowszej przeglądarki lub programu.",
                  "Jeśli wysłano formularz, proszę wysłać go jeszcze raz po otwarciu strony: nic z "
                  "niego nie zachowano." },
        .owner = "Ten komunikat widzą stare programy, które przy łączeniu nie wysyłają nazwy strony "
                 "(SNI). Obecne przeglądarki nie widzą go nigdy.",
        .link = "Przejdź do strony",
    },
    [MSSL_PAGE_NO_CERT] = {
        .title = "Ta strona nie jest tu bezpiecznie dostępna",
        .text = "Ta strona nie jest tu dostępna przez bezpieczne połączenie. Serwer działa, ale pod "
                "tą nazwą nie ma nic do pokazania.",
        .todo = { "Proszę sprawdzić, czy w adresie nie ma literówek.",
                  "Jeśli adres jest poprawny, proszę spróbować później lub powiadomić właściciela "
                  "strony." },
        .owner = "Na tym serwerze nie ma certyfikatu dla tej nazwy. Proszę zwrócić się do dostawcy "
                 "hostingu o jego założenie (HTTPS) i sprawdzić, czy DNS nazwy wskazuje właściwy "
                 "serwer.",
    },
    [MSSL_PAGE_NO_NAME] = {
        .title = "Której strony Państwo szukają?",
        .text = "Żądanie nie mówi, której strony dotyczy. Z tego serwera korzysta wiele stron, a sam "
                "numer jako adres nie oznacza żadnej z nich.",
        .todo = { "Proszę użyć nazwy strony jako adresu, na przykład https://www.example.com/." },
        .owner = "Żądanie nie ma nagłówka Host albo nie jest on nazwą hosta. Linki i monitoring "
                 "potrzebują nazwy strony.",
    },
    [MSSL_PAGE_LOOP] = {
        .title = "Zbyt wiele przekierowań tam i z powrotem",
        .text = "Ten serwer kilka razy przekierował to żądanie, a strona wciąż nie została otwarta. "
                "Tak się dzieje, gdy połączenia przychodzą ze zmieniających się adresów albo gdy "
                "stary program nie podaje, której strony szuka.",
        .todo = { "Proszę odczekać minutę i spróbować ponownie.",
                  "Proszę spróbować w innej sieci, bez VPN i proxy.",
                  "Proszę użyć nowszej przeglądarki." },
        .owner = "W ciągu minuty program trzy razy wrócił ze zwrotnicy, za każdym razem bez "
                 "właściwego certyfikatu.",
        .link = "Spróbuj ponownie",
    },
    [MSSL_PAGE_CLIENT_CERT] = {
        .title = "Ta strona potrzebuje własnego połączenia",
        .text = "Ta strona rozpoznaje odwiedzających po czymś, co jest na ich urządzeniu, a otwarte "
                "połączenie rozpoczęto dla innej strony.",
        .todo = { "Proszę zamknąć wszystkie okna przeglądarki i otworzyć adres ponownie." },
        .owner = "Strona wymaga certyfikatów klienta. Potrzebuje hosta wirtualnego z własnymi "
                 "ustawieniami TLS oraz połączeń otwieranych dla jej nazwy.",
    },
    [MSSL_PAGE_NOT_A_PROXY] = {
        .title = "Ten serwer nie jest serwerem proxy",
        .text = "Program poprosił ten serwer o pobranie czegoś z innego miejsca. Serwer tego nie "
                "robi.",
        .todo = { "Proszę sprawdzić ustawienia proxy przeglądarki lub programu." },
        .owner = "Żądanie było typu CONNECT, dotyczyło innego serwera lub podawało dwa różne hosty.",
    },
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        .title = "Ta strona pomocnicza nie jest skonfigurowana",
        .text = "Ten adres ma kierować odwiedzających do ich stron, ale nie jest jeszcze gotowy.",
        .todo = { "Proszę otworzyć szukaną stronę pod jej własnym adresem." },
        .owner = "MSSLSwitchURL wskazuje ten adres, więc jego host wirtualny potrzebuje dla tej "
                 "ścieżki \"SetHandler mssl-switch\".",
    },
    [MSSL_PAGE_SWITCH_INFO] = {
        .title = "Strona pomocnicza dla starszych programów",
        .text = "Z tego serwera korzysta wiele stron, a starsze programy nie podają, której z nich "
                "szukają. Tutaj mogą to zrobić: adres strony, zapisany za znakiem zapytania, jest "
                "pamiętany przez kilka minut, a program trafia do tej strony.",
        .todo = { "Z obecną przeglądarką ta strona nie jest potrzebna: proszę otworzyć szukaną stronę "
                  "pod jej własnym adresem." },
        .owner = "Linki dla starych programów zaczynają się od adresu tej strony (\"zwrotnicy\").",
    },
    [MSSL_PAGE_SWITCH_BAD] = {
        .title = "Nie można podążyć za tym linkiem",
        .text = "Link, który tu prowadzi, jest niepełny albo wskazuje miejsce, do którego ta strona "
                "nie może kierować. Kieruje ona tylko do bezpiecznych adresów stron na tym serwerze.",
        .todo = { "Proszę wrócić lub samodzielnie wpisać adres strony." },
        .owner = "Za znakiem zapytania musi stać URL taki jak https://www.example.com/page, strony i "
                 "portu tego serwera, zapisany wprost lub w całości kodowany procentowo.",
    },
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        .title = "Nie ma tu takiej strony",
        .text = "Link, który tu prowadzi, wskazuje nazwę nieznaną temu serwerowi.",
        .todo = { "Proszę sprawdzić, czy w linku nie ma literówek.",
                  "Jeśli link jest poprawny, proszę powiadomić właściciela strony." },
        .owner = "Na tym serwerze nie ma certyfikatu dla nazwy z linku, a ta strona prowadzi tylko do "
                 "nazw, które go mają.",
    },
    [MSSL_PAGE_SWITCH_METHOD] = {
        .title = "Tu prowadzą tylko linki",
        .text = "Ta strona przyjmuje tylko linki i wpisane adresy, bez formularzy i innych danych. "
                "Z wysłanych danych nic nie zachowano.",
        .todo = { "Proszę najpierw otworzyć właściwą stronę i tam wysłać dane." },
        .owner = "Zwrotnica odpowiada na GET i HEAD. Żaden formularz nie może do niej prowadzić.",
    },
    [MSSL_PAGE_SWITCH_LATER] = {
        .title = "Proszę spróbować za chwilę",
        .text = "Serwer nie mógł zapamiętać, której strony Państwo szukają. Zwykle szybko to mija.",
        .todo = { "Proszę odczekać dziesięć sekund i spróbować ponownie." },
        .owner = "Pamięć podręczna MSSLIntentCache nie odpowiada. Przyczynę podaje dziennik błędów "
                 "serwera.",
        .link = "Spróbuj ponownie",
    },
    [MSSL_PAGE_MOVED] = {
        .title = "Trwa przekierowanie",
        .text = "To, czego Państwo szukają, ma inny adres.",
        .todo = { "Jeśli przeglądarka nie przejdzie tam sama, proszę kliknąć link." },
        .link = "Dalej",
    },
    [MSSL_PAGE_BAD_REQUEST] = {
        .title = "To żądanie jest niezrozumiałe",
        .text = "Przeglądarka lub program wysłały coś, czego ten serwer nie rozumie, albo nie "
                "skończyły na czas.",
        .todo = { "Proszę sprawdzić adres i spróbować ponownie." },
        .owner = "Żądanie odrzucono, zanim było wiadomo, której strony dotyczy.",
    },
    [MSSL_PAGE_MAKING] = {
        .title = "Certyfikat tej strony jest właśnie tworzony",
        .text = "Ta strona dopiero co pojawiła się na tym serwerze, a jej bezpieczne połączenie "
                "jest przygotowywane. Zwykle trwa to kilka sekund.",
        .todo = { "Poczekaj kilka sekund i załaduj tę stronę ponownie.",
                  "Jeśli ten komunikat pojawi się jeszcze za godzinę, powiadom właściciela strony." },
        .owner = "Serwer poprosił urząd certyfikacji o certyfikat dla tej nazwy. Administrator "
                 "zobaczy poleceniem \"msslctl job {host}\", na jakim to jest etapie.",
        .link = "Otwórz stronę bez szyfrowania",
    },
    [MSSL_PAGE_PENDING] = {
        .title = "Certyfikat tej strony czeka na zatwierdzenie",
        .text = "Bezpieczne połączenie tej strony nie jest jeszcze gotowe: ktoś musi je najpierw "
                "zatwierdzić.",
        .todo = { "Wróć później.",
                  "Jeśli trwa to długo, powiadom właściciela strony." },
        .owner = "Dla tej nazwy zamówiono certyfikat i ktoś musi coś zrobić, zanim powstanie. "
                 "Administrator zobaczy poleceniem \"msslctl job {host}\", kto.",
        .link = "Otwórz stronę bez szyfrowania",
    },
    },
};
