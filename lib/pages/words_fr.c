/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* French. Add a language: docs/pages.md. */

#include "lib/pages/words.h"

const mssl_words_t mssl_words_fr = {
    .lang = "fr",
    .asked = "Adresse demandée : {host}",
    .todo = "Ce que vous pouvez faire",
    .leads = "Le lien mène à {link}",
    .owner = "Pour le responsable du site",
    .example = "Exemple : {link}",
    .contact = "Contact : {contact}",
    .support = "Pour l'assistance : page {code}, hôte {host}, heure {time}",
    .go_on = "Continuer",
    .pages = {
    [MSSL_PAGE_WRONG_CERT] = {
        .title = "Cette connexion est celle d'une autre adresse",
        .text = "Votre navigateur a atteint ce site par une connexion établie pour une autre "
                "adresse. Pour votre sécurité, rien n'y est affiché.",
        .todo = { "Ouvrez de nouveau le site, dans un nouvel onglet ou une nouvelle fenêtre.",
                  "Si cette page revient, prévenez le responsable du site." },
        .owner = "Le certificat de cette connexion ne contient pas le nom demandé. Si ce nom est à "
                 "vous, il lui faut un certificat sur ce serveur.",
        .link = "Ouvrir de nouveau le site",
    },
    [MSSL_PAGE_VIA_SWITCH] = {
        .title = "Encore une étape avant ce site",
        .text = "De nombreux sites partagent ce serveur, et votre navigateur ou programme n'a pas "
                "dit lequel il veut. Le serveur doit le savoir avant de montrer le bon.",
        .todo = { "Dites au serveur quel site vous voulez. Les navigateurs actuels le font tout seuls.",
                  "Si cette page revient, utilisez un navigateur ou un programme plus récent.",
                  "Si vous avez envoyé un formulaire, envoyez-le de nouveau une fois le site "
                  "ouvert : rien n'en a été gardé." },
        .owner = "Cette page est vue par de vieux programmes qui n'envoient pas le nom du site en "
                 "se connectant (SNI). Les navigateurs actuels ne la voient jamais.",
        .link = "Continuer vers le site",
    },
    [MSSL_PAGE_NO_CERT] = {
        .title = "Ce site n'est pas accessible ici de façon sûre",
        .text = "Ce site n'est pas disponible ici par une connexion sûre. Le serveur fonctionne, "
                "mais il n'a rien à montrer sous ce nom.",
        .todo = { "Vérifiez qu'il n'y a pas de faute de frappe dans l'adresse.",
                  "Si l'adresse est juste, réessayez plus tard, ou prévenez le responsable du "
                  "site." },
        .owner = "Ce serveur n'a pas de certificat pour ce nom. Demandez à votre hébergeur d'en "
                 "installer un (HTTPS), et vérifiez que le DNS du nom désigne le bon serveur.",
    },
    [MSSL_PAGE_NO_NAME] = {
        .title = "Quel site voulez-vous ?",
        .text = "Votre demande ne dit pas à quel site elle s'adresse. De nombreux sites partagent ce "
                "serveur, et un simple nombre comme adresse n'en désigne aucun.",
        .todo = { "Utilisez le nom du site comme adresse, par exemple https://www.example.com/." },
        .owner = "La requête n'a pas d'en-tête Host, ou il n'est pas un nom d'hôte. Les liens et la "
                 "surveillance ont besoin du nom du site.",
    },
    [MSSL_PAGE_LOOP] = {
        .title = "Trop de renvois aller et retour",
        .text = "Ce serveur vous a renvoyé plusieurs fois, et le site ne s'est toujours pas "
                "ouvert. Cela se produit quand vos connexions viennent d'adresses changeantes, ou "
                "quand un vieux programme ne dit pas quel site il veut.",
        .todo = { "Attendez une minute, puis réessayez.",
                  "Essayez un autre réseau, sans VPN ni proxy.",
                  "Utilisez un navigateur plus récent." },
        .owner = "Le programme est revenu trois fois de l'aiguillage en une minute, chaque fois sans "
                 "le bon certificat.",
        .link = "Réessayer",
    },
    [MSSL_PAGE_CLIENT_CERT] = {
        .title = "Ce site a besoin de sa propre connexion",
        .text = "Ce site reconnaît ses visiteurs à quelque chose qui se trouve sur leur appareil, et "
                "la connexion ouverte a été commencée pour un autre site.",
        .todo = { "Fermez toutes les fenêtres de votre navigateur, puis ouvrez de nouveau "
                  "l'adresse." },
        .owner = "Le site demande des certificats de client. Il lui faut un hôte virtuel avec ses "
                 "propres réglages TLS, et des connexions ouvertes pour son nom.",
    },
    [MSSL_PAGE_NOT_A_PROXY] = {
        .title = "Ce serveur n'est pas un proxy",
        .text = "Votre programme a demandé à ce serveur de chercher quelque chose ailleurs. Il ne le "
                "fait pas.",
        .todo = { "Vérifiez les réglages de proxy de votre navigateur ou programme." },
        .owner = "La requête était CONNECT, visait un autre serveur, ou nommait deux hôtes "
                 "différents.",
    },
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        .title = "Cette page d'aide n'est pas configurée",
        .text = "Cette adresse doit conduire les visiteurs à leur site, mais elle n'est pas encore "
                "prête.",
        .todo = { "Ouvrez le site voulu par sa propre adresse." },
        .owner = "MSSLSwitchURL désigne cette adresse : son hôte virtuel a donc besoin de "
                 "\"SetHandler mssl-switch\" pour ce chemin.",
    },
    [MSSL_PAGE_SWITCH_INFO] = {
        .title = "Une page d'aide pour les programmes anciens",
        .text = "De nombreux sites partagent ce serveur, et les programmes anciens ne disent pas "
                "lequel ils veulent. Ici ils peuvent le dire : l'adresse d'un site, écrite après un "
                "point d'interrogation, est retenue quelques minutes, et le programme est conduit à "
                "ce site.",
        .todo = { "Avec un navigateur actuel vous n'avez pas besoin de cette page : ouvrez le site "
                  "voulu par sa propre adresse." },
        .owner = "Les liens pour programmes anciens commencent par l'adresse de cette page (un "
                 "\"aiguillage\").",
    },
    [MSSL_PAGE_SWITCH_BAD] = {
        .title = "Ce lien ne peut pas être suivi",
        .text = "Le lien qui vous a conduit ici n'est pas complet, ou mène là où cette page ne peut "
                "pas vous envoyer. Elle n'envoie qu'aux adresses sûres de sites de ce serveur.",
        .todo = { "Revenez en arrière, ou tapez vous-même l'adresse du site." },
        .owner = "Après le point d'interrogation il faut une URL comme https://www.example.com/page, "
                 "d'un site et d'un port de ce serveur, écrite telle quelle ou tout entière en "
                 "encodage-pourcent.",
    },
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        .title = "Ce site n'existe pas ici",
        .text = "Le lien qui vous a conduit ici mène à un nom que ce serveur ne connaît pas.",
        .todo = { "Vérifiez qu'il n'y a pas de faute de frappe dans le lien.",
                  "Si le lien est juste, prévenez le responsable du site." },
        .owner = "Ce serveur n'a pas de certificat pour le nom du lien, et cette page ne mène qu'à "
                 "des noms qui en ont un.",
    },
    [MSSL_PAGE_SWITCH_METHOD] = {
        .title = "Seuls des liens mènent ici",
        .text = "Cette page n'accepte que des liens et des adresses tapées, ni formulaires ni autres "
                "données. Rien de ce que vous avez envoyé n'a été gardé.",
        .todo = { "Ouvrez d'abord le site, et envoyez-y vos données." },
        .owner = "L'aiguillage répond à GET et HEAD. Aucun formulaire ne doit y mener.",
    },
    [MSSL_PAGE_SWITCH_LATER] = {
        .title = "Veuillez réessayer dans un instant",
        .text = "Le serveur n'a pas pu noter quel site vous voulez. Cela passe en général très vite.",
        .todo = { "Attendez dix secondes, puis réessayez." },
        .owner = "Le cache de MSSLIntentCache ne répond pas. Le journal d'erreurs du serveur dit "
                 "pourquoi.",
        .link = "Réessayer",
    },
    [MSSL_PAGE_MOVED] = {
        .title = "Redirection en cours",
        .text = "Ce que vous cherchez est à une autre adresse.",
        .todo = { "Si votre navigateur n'y va pas tout seul, suivez le lien." },
        .link = "Continuer",
    },
    [MSSL_PAGE_BAD_REQUEST] = {
        .title = "Cette demande n'a pas été comprise",
        .text = "Votre navigateur ou programme a envoyé quelque chose que ce serveur ne comprend "
                "pas, ou n'a pas fini à temps.",
        .todo = { "Vérifiez l'adresse, puis réessayez." },
        .owner = "La requête a été refusée avant que l'on sache à quel site elle s'adresse.",
    },
    [MSSL_PAGE_MAKING] = {
        .title = "Le certificat de ce site est en cours de création",
        .text = "Ce site vient d'arriver sur ce serveur, et sa connexion sécurisée est en "
                "préparation. Cela prend en général quelques secondes.",
        .todo = { "Attendez quelques secondes, puis rechargez cette page.",
                  "Si cette page apparaît encore dans une heure, prévenez le propriétaire du site." },
        .owner = "Le serveur a demandé un certificat pour ce nom à une autorité de certification. "
                 "L'administrateur voit avec \"msslctl job {host}\" où cela en est.",
        .link = "Ouvrir le site sans chiffrement",
    },
    [MSSL_PAGE_PENDING] = {
        .title = "Le certificat de ce site attend une approbation",
        .text = "La connexion sécurisée de ce site n'est pas encore prête : quelqu'un doit d'abord "
                "l'approuver.",
        .todo = { "Revenez plus tard.",
                  "Si cela dure, prévenez le propriétaire du site." },
        .owner = "Un certificat a été demandé pour ce nom, et quelqu'un doit agir avant qu'il soit "
                 "créé. L'administrateur voit avec \"msslctl job {host}\" de qui il s'agit.",
        .link = "Ouvrir le site sans chiffrement",
    },
    },
};
