/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* The languages of mails to owners: those of the pages (lib/pages), which a test holds complete. */

#include <stddef.h>

#include "lib/notify/letter.h"

const mssl_letter_words_t mssl_letter_words[] = {
    { .lang = "en",
      .of = {
          [MSSL_LETTER_ISSUED] = { "{name}: the certificate is in service",
              "The certificates of these names were issued and are in service. You need not do "
              "anything." },
          [MSSL_LETTER_FAILED] = { "{name}: no certificate could be obtained",
              "For these names no certificate could be obtained. It is tried again automatically; "
              "the details say what is wrong." },
          [MSSL_LETTER_PENDING] = { "{name}: the certificate waits for somebody",
              "For certificates of these names somebody has to act. The details say until when, "
              "who, and what." },
          [MSSL_LETTER_DECLINED] = { "{name}: the certificate was declined",
              "Certificates of these names will not be issued. Nothing more is tried until they are "
              "requested again." } },
      .until = "Valid until:",
      .details = "Details:",
      .attached = "Attached is the certificate with its chain, as PEM. It is public; the private "
                  "key stays on the server.",
      .more = "... and {n} more.",
      .end = "Sent automatically by {server}." },
    { .lang = "de",
      .of = {
          [MSSL_LETTER_ISSUED] = { "{name}: Das Zertifikat ist in Betrieb",
              "Die Zertifikate dieser Namen wurden ausgestellt und sind in Betrieb. Sie müssen "
              "nichts tun." },
          [MSSL_LETTER_FAILED] = { "{name}: Es war kein Zertifikat zu bekommen",
              "Für diese Namen war kein Zertifikat zu bekommen. Es wird von selbst wieder versucht; "
              "was nicht stimmt, steht in den Einzelheiten." },
          [MSSL_LETTER_PENDING] = { "{name}: Das Zertifikat wartet auf jemanden",
              "Für Zertifikate dieser Namen muss jemand etwas tun. Bis wann, wer und was, steht in "
              "den Einzelheiten." },
          [MSSL_LETTER_DECLINED] = { "{name}: Das Zertifikat wurde abgelehnt",
              "Zertifikate dieser Namen werden nicht ausgestellt. Es wird nichts mehr versucht, bis "
              "sie neu angefordert werden." } },
      .until = "Gültig bis:",
      .details = "Einzelheiten (englisch):",
      .attached = "Angehängt ist das Zertifikat mit seiner Kette, als PEM. Es ist öffentlich; der "
                  "private Schlüssel bleibt auf dem Server.",
      .more = "... und {n} weitere.",
      .end = "Automatisch gesendet von {server}." },
    { .lang = "es",
      .of = {
          [MSSL_LETTER_ISSUED] = { "{name}: el certificado está en servicio",
              "Los certificados de estos nombres se han emitido y están en servicio. No tiene que "
              "hacer nada." },
          [MSSL_LETTER_FAILED] = { "{name}: no se pudo obtener un certificado",
              "No se pudo obtener un certificado para estos nombres. Se intentará de nuevo "
              "automáticamente; los detalles dicen qué falla." },
          [MSSL_LETTER_PENDING] = { "{name}: el certificado espera a alguien",
              "Para los certificados de estos nombres alguien tiene que hacer algo. Los detalles "
              "dicen hasta cuándo, quién y qué." },
          [MSSL_LETTER_DECLINED] = { "{name}: el certificado fue rechazado",
              "Los certificados de estos nombres no se emitirán. No se intentará nada más hasta que "
              "se soliciten de nuevo." } },
      .until = "Válido hasta:",
      .details = "Detalles (en inglés):",
      .attached = "Se adjunta el certificado con su cadena, en PEM. Es público; la clave privada se "
                  "queda en el servidor.",
      .more = "... y {n} más.",
      .end = "Enviado automáticamente por {server}." },
    { .lang = "fr",
      .of = {
          [MSSL_LETTER_ISSUED] = { "{name} : le certificat est en service",
              "Les certificats de ces noms ont été émis et sont en service. Vous n'avez rien à "
              "faire." },
          [MSSL_LETTER_FAILED] = { "{name} : aucun certificat n'a pu être obtenu",
              "Aucun certificat n'a pu être obtenu pour ces noms. Un nouvel essai sera fait "
              "automatiquement ; les détails disent ce qui ne va pas." },
          [MSSL_LETTER_PENDING] = { "{name} : le certificat attend quelqu'un",
              "Pour les certificats de ces noms, quelqu'un doit agir. Les détails disent jusqu'à "
              "quand, qui et quoi." },
          [MSSL_LETTER_DECLINED] = { "{name} : le certificat a été refusé",
              "Les certificats de ces noms ne seront pas émis. Plus rien n'est tenté tant qu'ils ne "
              "sont pas demandés à nouveau." } },
      .until = "Valable jusqu'au :",
      .details = "Détails (en anglais) :",
      .attached = "Le certificat est joint avec sa chaîne, en PEM. Il est public ; la clé privée "
                  "reste sur le serveur.",
      .more = "... et {n} de plus.",
      .end = "Envoyé automatiquement par {server}." },
    { .lang = "it",
      .of = {
          [MSSL_LETTER_ISSUED] = { "{name}: il certificato è in servizio",
              "I certificati di questi nomi sono stati emessi e sono in servizio. Non deve fare "
              "nulla." },
          [MSSL_LETTER_FAILED] = { "{name}: non è stato possibile ottenere un certificato",
              "Per questi nomi non è stato possibile ottenere un certificato. Si riprova "
              "automaticamente; i dettagli dicono che cosa non va." },
          [MSSL_LETTER_PENDING] = { "{name}: il certificato aspetta qualcuno",
              "Per i certificati di questi nomi qualcuno deve fare qualcosa. I dettagli dicono entro "
              "quando, chi e che cosa." },
          [MSSL_LETTER_DECLINED] = { "{name}: il certificato è stato rifiutato",
              "I certificati di questi nomi non saranno emessi. Non si tenta più nulla finché non "
              "vengono richiesti di nuovo." } },
      .until = "Valido fino al:",
      .details = "Dettagli (in inglese):",
      .attached = "In allegato il certificato con la sua catena, in PEM. È pubblico; la chiave "
                  "privata resta sul server.",
      .more = "... e altri {n}.",
      .end = "Inviato automaticamente da {server}." },
    { .lang = "nl",
      .of = {
          [MSSL_LETTER_ISSUED] = { "{name}: het certificaat is in gebruik",
              "De certificaten van deze namen zijn uitgegeven en in gebruik. U hoeft niets te "
              "doen." },
          [MSSL_LETTER_FAILED] = { "{name}: er kon geen certificaat worden verkregen",
              "Voor deze namen kon geen certificaat worden verkregen. Het wordt vanzelf opnieuw "
              "geprobeerd; de details zeggen wat er mis is." },
          [MSSL_LETTER_PENDING] = { "{name}: het certificaat wacht op iemand",
              "Voor certificaten van deze namen moet iemand iets doen. De details zeggen tot "
              "wanneer, wie en wat." },
          [MSSL_LETTER_DECLINED] = { "{name}: het certificaat is geweigerd",
              "Certificaten van deze namen worden niet uitgegeven. Er wordt niets meer geprobeerd tot "
              "ze opnieuw worden aangevraagd." } },
      .until = "Geldig tot:",
      .details = "Details (in het Engels):",
      .attached = "Bijgevoegd is het certificaat met zijn keten, als PEM. Het is openbaar; de "
                  "privésleutel blijft op de server.",
      .more = "... en nog {n}.",
      .end = "Automatisch verzonden door {server}." },
    { .lang = "pl",
      .of = {
          [MSSL_LETTER_ISSUED] = { "{name}: certyfikat działa",
              "Certyfikaty tych nazw zostały wystawione i działają. Nie trzeba nic robić." },
          [MSSL_LETTER_FAILED] = { "{name}: nie udało się uzyskać certyfikatu",
              "Dla tych nazw nie udało się uzyskać certyfikatu. Próba zostanie automatycznie "
              "powtórzona; szczegóły mówią, co jest nie tak." },
          [MSSL_LETTER_PENDING] = { "{name}: certyfikat czeka na czyjeś działanie",
              "W sprawie certyfikatów tych nazw ktoś musi coś zrobić. Szczegóły mówią, do kiedy, "
              "kto i co." },
          [MSSL_LETTER_DECLINED] = { "{name}: odmówiono certyfikatu",
              "Certyfikaty tych nazw nie zostaną wystawione. Nie będzie dalszych prób, dopóki nie "
              "zostaną ponownie zamówione." } },
      .until = "Ważny do:",
      .details = "Szczegóły (po angielsku):",
      .attached = "W załączniku jest certyfikat z łańcuchem, w formacie PEM. Jest publiczny; klucz "
                  "prywatny pozostaje na serwerze.",
      .more = "... i jeszcze {n}.",
      .end = "Wysłane automatycznie przez {server}." },
    { .lang = "pt",
      .of = {
          [MSSL_LETTER_ISSUED] = { "{name}: o certificado está em serviço",
              "Os certificados destes nomes foram emitidos e estão em serviço. Não precisa de fazer "
              "nada." },
          [MSSL_LETTER_FAILED] = { "{name}: não foi possível obter um certificado",
              "Não foi possível obter um certificado para estes nomes. Será tentado de novo "
              "automaticamente; os detalhes dizem o que está errado." },
          [MSSL_LETTER_PENDING] = { "{name}: o certificado espera por alguém",
              "Para os certificados destes nomes alguém tem de agir. Os detalhes dizem até quando, "
              "quem e o quê." },
          [MSSL_LETTER_DECLINED] = { "{name}: o certificado foi recusado",
              "Os certificados destes nomes não serão emitidos. Nada mais é tentado até serem pedidos "
              "de novo." } },
      .until = "Válido até:",
      .details = "Detalhes (em inglês):",
      .attached = "Em anexo está o certificado com a sua cadeia, em PEM. É público; a chave privada "
                  "fica no servidor.",
      .more = "... e mais {n}.",
      .end = "Enviado automaticamente por {server}." },
    { .lang = NULL },
};
