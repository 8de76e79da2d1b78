/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Dutch. Add a language: docs/pages.md. */

#include "lib/pages/words.h"

const mssl_words_t mssl_words_nl = {
    .lang = "nl",
    .asked = "Gevraagd adres: {host}",
    .todo = "Wat u kunt doen",
    .leads = "De link leidt naar {link}",
    .owner = "Voor de beheerder van de site",
    .example = "Voorbeeld: {link}",
    .contact = "Contact: {contact}",
    .support = "Voor de helpdesk: pagina {code}, host {host}, tijd {time}",
    .go_on = "Verder",
    .pages = {
    [MSSL_PAGE_WRONG_CERT] = {
        .title = "Deze verbinding hoort bij een ander adres",
        .text = "Uw browser bereikte deze site via een verbinding die voor een ander adres is "
                "opgezet. Voor uw veiligheid wordt daarover niets getoond.",
        .todo = { "Open de site opnieuw, in een nieuw tabblad of venster.",
                  "Als deze pagina terugkomt, meld het dan aan de beheerder van de site." },
        .owner = "Het certificaat van deze verbinding bevat de gevraagde naam niet. Is de naam van "
                 "u, dan heeft die een certificaat op deze server nodig.",
        .link = "Site opnieuw openen",
    },
    [MSSL_PAGE_VIA_SWITCH] = {
        .title = "Nog één stap naar deze site",
        .text = "Veel sites delen deze server, en uw browser of programma zei niet welke daarvan het "
                "wil. De server moet dat weten voordat hij de juiste kan tonen.",
        .todo = { "Zeg de server welke site u wilt. Huidige browsers doen dat vanzelf.",
                  "Als deze pagina terugkomt, gebruik dan een nieuwere browser of een nieuwer "
                  "programma.",
                  "Als u een formulier had verzonden, verzend het opnieuw zodra de site open is: er "
                  "is niets van bewaard." },
        .owner = "Deze pagina is voor oude programma's die de naam van de site niet meesturen als ze "
                 "verbinden (SNI). Huidige browsers krijgen die nooit te zien.",
        .link = "Verder naar de site",
    },
    [MSSL_PAGE_NO_CERT] = {
        .title = "Deze site is hier niet veilig bereikbaar",
        .text = "Deze site is hier niet beschikbaar via een veilige verbinding. De server werkt, maar "
                "heeft onder deze naam niets te tonen.",
        .todo = { "Controleer het adres op typefouten.",
                  "Als het adres klopt, probeer het later nog eens, of meld het aan de beheerder van "
                  "de site." },
        .owner = "Deze server heeft geen certificaat voor de naam. Vraag uw hostingprovider er een in "
                 "te stellen (HTTPS), en controleer of het DNS van de naam naar de juiste server "
                 "wijst.",
    },
    [MSSL_PAGE_NO_NAME] = {
        .title = "Welke site wilt u?",
        .text = "Uw verzoek zegt niet voor welke site het is. Veel sites delen deze server, en een "
                "kaal nummer als adres staat voor geen daarvan.",
        .todo = { "Gebruik de naam van de site als adres, bijvoorbeeld https://www.example.com/." },
        .owner = "Het verzoek heeft geen Host-header, of een die geen hostnaam is. Links en bewaking "
                 "hebben de naam van de site nodig.",
    },
    [MSSL_PAGE_LOOP] = {
        .title = "U bent te vaak heen en weer gestuurd",
        .text = "Deze server heeft u meermaals doorgestuurd, en u bent nog steeds niet bij de site. "
                "Dat gebeurt als uw verbindingen van wisselende adressen komen, of als een oud "
                "programma niet zegt welke site het wil.",
        .todo = { "Wacht een minuut en probeer het dan opnieuw.",
                  "Probeer een ander netwerk, zonder VPN of proxy.",
                  "Gebruik een nieuwere browser." },
        .owner = "Het programma kwam binnen een minuut driemaal terug van de wissel, telkens zonder "
                 "het juiste certificaat.",
        .link = "Opnieuw proberen",
    },
    [MSSL_PAGE_CLIENT_CERT] = {
        .title = "Deze site heeft een eigen verbinding nodig",
        .text = "Deze site herkent haar bezoekers aan iets dat op hun apparaat staat, en de open "
                "verbinding werd voor een andere site begonnen.",
        .todo = { "Sluit alle vensters van uw browser en open het adres dan opnieuw." },
        .owner = "De site vraagt om clientcertificaten. Zij heeft een virtuele host met eigen "
                 "TLS-instellingen nodig, en verbindingen die voor haar naam worden geopend.",
    },
    [MSSL_PAGE_NOT_A_PROXY] = {
        .title = "Deze server is geen proxy",
        .text = "Uw programma vroeg deze server iets van elders te halen. Dat doet hij niet.",
        .todo = { "Controleer de proxy-instellingen van uw browser of programma." },
        .owner = "Het verzoek was CONNECT, was voor een andere server, of noemde twee verschillende "
                 "hosts.",
    },
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        .title = "Deze hulppagina is niet ingesteld",
        .text = "Dit adres moet bezoekers naar hun site brengen, maar is nog niet zover.",
        .todo = { "Open de gewenste site via haar eigen adres." },
        .owner = "MSSLSwitchURL noemt dit adres, dus heeft zijn virtuele host voor dit pad "
                 "\"SetHandler mssl-switch\" nodig.",
    },
    [MSSL_PAGE_SWITCH_INFO] = {
        .title = "Een hulppagina voor oudere programma's",
        .text = "Veel sites delen deze server, en oudere programma's zeggen niet welke daarvan ze "
                "willen. Hier kunnen ze dat: het adres van een site, achter een vraagteken "
                "geschreven, wordt enkele minuten onthouden, en het programma wordt naar die site "
                "gebracht.",
        .todo = { "Met een huidige browser hebt u deze pagina niet nodig: open de gewenste site via "
                  "haar eigen adres." },
        .owner = "Links voor oude programma's beginnen met het adres van deze pagina (een "
                 "\"wissel\").",
    },
    [MSSL_PAGE_SWITCH_BAD] = {
        .title = "Deze link kan niet worden gevolgd",
        .text = "De link die u hier bracht is niet volledig, of leidt naar een plek waar deze pagina "
                "u niet heen mag sturen. Zij stuurt alleen naar veilige adressen van sites op deze "
                "server.",
        .todo = { "Ga terug, of typ zelf het adres van de site." },
        .owner = "Achter het vraagteken moet een URL staan zoals https://www.example.com/page, van "
                 "een site en een poort van deze server, voluit geschreven of in zijn geheel "
                 "procentgecodeerd.",
    },
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        .title = "Deze site is hier niet",
        .text = "De link die u hier bracht leidt naar een naam die deze server niet kent.",
        .todo = { "Controleer de link op typefouten.",
                  "Als de link klopt, meld het dan aan de beheerder van de site." },
        .owner = "Deze server heeft geen certificaat voor de naam in de link, en deze pagina leidt "
                 "alleen naar namen die er een hebben.",
    },
    [MSSL_PAGE_SWITCH_METHOD] = {
        .title = "Alleen links leiden hierheen",
        .text = "Deze pagina neemt alleen links en getypte adressen aan, geen formulieren en geen "
                "andere gegevens. Van wat u verzond is niets bewaard.",
        .todo = { "Open eerst de site en verzend uw gegevens daar." },
        .owner = "De wissel beantwoordt GET en HEAD. Geen formulier mag erheen leiden.",
    },
    [MSSL_PAGE_SWITCH_LATER] = {
        .title = "Probeer het zo meteen opnieuw",
        .text = "De server kon niet noteren welke site u wilt. Dat gaat meestal snel over.",
        .todo = { "Wacht tien seconden en probeer het dan opnieuw." },
        .owner = "De cache van MSSLIntentCache antwoordt niet. Het foutenlogboek van de server zegt "
                 "waarom.",
        .link = "Opnieuw proberen",
    },
    [MSSL_PAGE_MOVED] = {
        .title = "U wordt doorgestuurd",
        .text = "Wat u zoekt, staat op een ander adres.",
        .todo = { "Als uw browser er niet vanzelf heen gaat, volg dan de link." },
        .link = "Verder",
    },
    [MSSL_PAGE_BAD_REQUEST] = {
        .title = "Dit verzoek werd niet begrepen",
        .text = "Uw browser of programma stuurde iets dat deze server niet begrijpt, of was niet op "
                "tijd klaar.",
        .todo = { "Controleer het adres en probeer het dan opnieuw." },
        .owner = "Het verzoek werd geweigerd voordat bekend was voor welke site het is.",
    },
    [MSSL_PAGE_MAKING] = {
        .title = "Het certificaat voor deze site wordt gemaakt",
        .text = "Deze site is hier net aangekomen, en de beveiligde verbinding wordt nog "
                "klaargezet. Dat duurt meestal een paar seconden.",
        .todo = { "Wacht een paar seconden en laad deze pagina dan opnieuw.",
                  "Komt deze pagina over een uur nog steeds, laat het dan de eigenaar van de site "
                  "weten." },
        .owner = "De server heeft voor de naam een certificaat aangevraagd bij een "
                 "certificaatautoriteit. De beheerder ziet met \"msslctl job {host}\" hoever dat "
                 "is.",
        .link = "De site zonder versleuteling openen",
    },
    [MSSL_PAGE_PENDING] = {
        .title = "Het certificaat voor deze site wacht op goedkeuring",
        .text = "De beveiligde verbinding van deze site is nog niet klaar: iemand moet die eerst "
                "goedkeuren.",
        .todo = { "Kom later terug.",
                  "Duurt het lang, laat het dan de eigenaar van de site weten." },
        .owner = "Voor de naam is een certificaat aangevraagd, en iemand moet iets doen voordat "
                 "het wordt gemaakt. De beheerder ziet met \"msslctl job {host}\" wie.",
        .link = "De site zonder versleuteling openen",
    },
    },
};
