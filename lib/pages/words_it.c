/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Italian. Add a language: docs/pages.md. */

#include "lib/pages/words.h"

const mssl_words_t mssl_words_it = {
    .lang = "it",
    .asked = "Indirizzo richiesto: {host}",
    .todo = "Che cosa può fare",
    .leads = "Il link porta a {link}",
    .owner = "Per il gestore del sito",
    .example = "Esempio: {link}",
    .contact = "Contatto: {contact}",
    .support = "Per l'assistenza: pagina {code}, host {host}, ora {time}",
    .go_on = "Continua",
    .pages = {
    [MSSL_PAGE_WRONG_CERT] = {
        .title = "Questa connessione appartiene a un altro indirizzo",
        .text = "Il suo browser ha raggiunto questo sito con una connessione aperta per un altro "
                "indirizzo. Per la sua sicurezza non vi viene mostrato nulla.",
        .todo = { "Apra di nuovo il sito, in una nuova scheda o finestra.",
                  "Se questa pagina ricompare, avvisi il gestore del sito." },
        .owner = "Il certificato di questa connessione non contiene il nome richiesto. Se il nome è "
                 "suo, gli serve un certificato su questo server.",
        .link = "Apri di nuovo il sito",
    },
    [MSSL_PAGE_VIA_SWITCH] = {
        .title = "Ancora un passo per questo sito",
        .text = "Molti siti condividono questo server, e il suo browser o programma non ha detto "
                "quale vuole. Il server deve saperlo prima di poter mostrare quello giusto.",
        .todo = { "Dica al server quale sito desidera. I browser attuali lo fanno da soli.",
                  "Se questa pagina ricompare, usi un browser o un programma più recente.",
                  "Se ha inviato un modulo, lo invii di nuovo quando il sito è aperto: non ne è "
                  "stato conservato nulla." },
        .owner = "Questa pagina è vista da vecchi programmi che non inviano il nome del sito quando "
                 "si collegano (SNI). I browser attuali non la vedono mai.",
        .link = "Continua verso il sito",
    },
    [MSSL_PAGE_NO_CERT] = {
        .title = "Questo sito non è raggiungibile qui in modo sicuro",
        .text = "Questo sito non è disponibile qui con una connessione sicura. Il server funziona, "
                "ma non ha nulla da mostrare con questo nome.",
        .todo = { "Controlli che nell'indirizzo non ci siano errori di battitura.",
                  "Se l'indirizzo è giusto, riprovi più tardi o avvisi il gestore del sito." },
        .owner = "Questo server non ha un certificato per il nome. Chieda al suo fornitore di "
                 "hosting di installarne uno (HTTPS), e controlli che il DNS del nome indichi il "
                 "server giusto.",
    },
    [MSSL_PAGE_NO_NAME] = {
        .title = "Quale sito desidera?",
        .text = "La sua richiesta non dice per quale sito è. Molti siti condividono questo server, e "
                "un semplice numero come indirizzo non ne indica nessuno.",
        .todo = { "Usi come indirizzo il nome del sito, per esempio https://www.example.com/." },
        .owner = "La richiesta non ha un'intestazione Host, o questa non è un nome di host. I link e "
                 "il monitoraggio hanno bisogno del nome del sito.",
    },
    [MSSL_PAGE_LOOP] = {
        .title = "Troppi rinvii avanti e indietro",
        .text = "Questo server ha rinviato la richiesta più volte, e il sito non si è ancora aperto. "
                "Succede quando le sue connessioni vengono da indirizzi che cambiano, o quando un "
                "vecchio programma non dice quale sito vuole.",
        .todo = { "Aspetti un minuto, poi riprovi.",
                  "Provi un'altra rete, senza VPN o proxy.",
                  "Usi un browser più recente." },
        .owner = "Il programma è tornato dallo scambio tre volte in un minuto, ogni volta senza il "
                 "certificato giusto.",
        .link = "Riprova",
    },
    [MSSL_PAGE_CLIENT_CERT] = {
        .title = "Questo sito ha bisogno di una connessione propria",
        .text = "Questo sito riconosce i visitatori da qualcosa che si trova sul loro dispositivo, e "
                "la connessione aperta è stata iniziata per un altro sito.",
        .todo = { "Chiuda tutte le finestre del browser, poi apra di nuovo l'indirizzo." },
        .owner = "Il sito chiede certificati client. Gli serve un host virtuale con impostazioni TLS "
                 "proprie, e connessioni aperte per il suo nome.",
    },
    [MSSL_PAGE_NOT_A_PROXY] = {
        .title = "Questo server non è un proxy",
        .text = "Il suo programma ha chiesto a questo server di prendere qualcosa altrove. Non lo "
                "fa.",
        .todo = { "Controlli le impostazioni proxy del suo browser o programma." },
        .owner = "La richiesta era CONNECT, era per un altro server, o nominava due host diversi.",
    },
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        .title = "Questa pagina di aiuto non è configurata",
        .text = "Questo indirizzo deve portare i visitatori al loro sito, ma non è ancora pronto.",
        .todo = { "Apra il sito desiderato con il suo indirizzo." },
        .owner = "MSSLSwitchURL indica questo indirizzo, quindi il suo host virtuale ha bisogno di "
                 "\"SetHandler mssl-switch\" per questo percorso.",
    },
    [MSSL_PAGE_SWITCH_INFO] = {
        .title = "Una pagina di aiuto per programmi vecchi",
        .text = "Molti siti condividono questo server, e i programmi vecchi non dicono quale "
                "vogliono. Qui possono dirlo: l'indirizzo di un sito, scritto dopo un punto "
                "interrogativo, viene ricordato per alcuni minuti, e il programma è portato a quel "
                "sito.",
        .todo = { "Con un browser attuale questa pagina non serve: apra il sito desiderato con il "
                  "suo indirizzo." },
        .owner = "I link per programmi vecchi iniziano con l'indirizzo di questa pagina (uno "
                 "\"scambio\").",
    },
    [MSSL_PAGE_SWITCH_BAD] = {
        .title = "Questo link non può essere seguito",
        .text = "Il link che l'ha portata qui non è completo, o porta dove questa pagina non può "
                "inviarla. Essa invia solo a indirizzi sicuri di siti su questo server.",
        .todo = { "Torni indietro, o scriva l'indirizzo del sito." },
        .owner = "Dopo il punto interrogativo deve stare una URL come https://www.example.com/page, "
                 "di un sito e di una porta di questo server, scritta per esteso o tutta in codifica "
                 "percentuale.",
    },
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        .title = "Questo sito non esiste qui",
        .text = "Il link che l'ha portata qui conduce a un nome che questo server non conosce.",
        .todo = { "Controlli che nel link non ci siano errori di battitura.",
                  "Se il link è giusto, avvisi il gestore del sito." },
        .owner = "Questo server non ha un certificato per il nome nel link, e questa pagina porta "
                 "solo a nomi che ne hanno uno.",
    },
    [MSSL_PAGE_SWITCH_METHOD] = {
        .title = "Qui portano solo i link",
        .text = "Questa pagina accetta solo link e indirizzi scritti, né moduli né altri dati. Di "
                "quanto ha inviato non è stato conservato nulla.",
        .todo = { "Apra prima il sito, e invii lì i suoi dati." },
        .owner = "Lo scambio risponde a GET e HEAD. Nessun modulo deve portarvi.",
    },
    [MSSL_PAGE_SWITCH_LATER] = {
        .title = "Riprovi tra un momento",
        .text = "Il server non ha potuto annotare quale sito desidera. Di solito passa presto.",
        .todo = { "Aspetti dieci secondi, poi riprovi." },
        .owner = "La cache di MSSLIntentCache non risponde. Il registro degli errori del server dice "
                 "perché.",
        .link = "Riprova",
    },
    [MSSL_PAGE_MOVED] = {
        .title = "Reindirizzamento in corso",
        .text = "Ciò che cerca si trova a un altro indirizzo.",
        .todo = { "Se il suo browser non ci va da solo, segua il link." },
        .link = "Continua",
    },
    [MSSL_PAGE_BAD_REQUEST] = {
        .title = "Questa richiesta non è stata capita",
        .text = "Il suo browser o programma ha inviato qualcosa che questo server non capisce, o non "
                "ha finito in tempo.",
        .todo = { "Controlli l'indirizzo, poi riprovi." },
        .owner = "La richiesta è stata rifiutata prima di sapere per quale sito fosse.",
    },
    [MSSL_PAGE_MAKING] = {
        .title = "Il certificato di questo sito è in preparazione",
        .text = "Questo sito è appena arrivato su questo server e la sua connessione sicura è in "
                "preparazione. Di solito bastano pochi secondi.",
        .todo = { "Attenda qualche secondo, poi ricarichi questa pagina.",
                  "Se questa pagina compare ancora tra un'ora, avvisi il proprietario del sito." },
        .owner = "Il server ha chiesto un certificato per il nome a un'autorità di certificazione. "
                 "L'amministratore vede con \"msslctl job {host}\" a che punto è.",
        .link = "Aprire il sito senza cifratura",
    },
    [MSSL_PAGE_PENDING] = {
        .title = "Il certificato di questo sito attende un'approvazione",
        .text = "La connessione sicura di questo sito non è ancora pronta: prima qualcuno deve "
                "approvarla.",
        .todo = { "Torni più tardi.",
                  "Se dura a lungo, avvisi il proprietario del sito." },
        .owner = "Per il nome è stato richiesto un certificato, e qualcuno deve agire prima che "
                 "venga creato. L'amministratore vede con \"msslctl job {host}\" chi.",
        .link = "Aprire il sito senza cifratura",
    },
    },
};
