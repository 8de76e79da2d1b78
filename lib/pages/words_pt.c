/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Portuguese. Add a language: docs/pages.md. */

#include "lib/pages/words.h"

const mssl_words_t mssl_words_pt = {
    .lang = "pt",
    .asked = "Endereço pedido: {host}",
    .todo = "O que pode fazer",
    .leads = "O link leva a {link}",
    .owner = "Para o responsável pelo site",
    .example = "Exemplo: {link}",
    .contact = "Contacto: {contact}",
    .support = "Para o suporte: página {code}, host {host}, hora {time}",
    .go_on = "Continuar",
    .pages = {
    [MSSL_PAGE_WRONG_CERT] = {
        .title = "Esta ligação pertence a outro endereço",
        .text = "O seu navegador chegou a este site por uma ligação que foi aberta para outro "
                "endereço. Para sua segurança, nada é mostrado nela.",
        .todo = { "Abra o site de novo, num novo separador ou janela.",
                  "Se esta página voltar a aparecer, avise o responsável pelo site." },
        .owner = "O certificado desta ligação não contém o nome pedido. Se o nome é seu, precisa de "
                 "um certificado neste servidor.",
        .link = "Abrir o site de novo",
    },
    [MSSL_PAGE_VIA_SWITCH] = {
        .title = "Mais um passo até este site",
        .text = "Muitos sites partilham este servidor, e o seu navegador ou programa não disse qual "
                "deles quer. O servidor tem de o saber antes de mostrar o site certo.",
        .todo = { "Diga ao servidor que site deseja. Os navegadores atuais fazem-no sozinhos.",
                  "Se esta página voltar a aparecer, use um navegador ou programa mais recente.",
                  "Se enviou um formulário, envie-o de novo quando o site estiver aberto: nada dele "
                  "foi guardado." },
        .owner = "Esta página é vista por programas antigos que não enviam o nome do site ao "
                 "ligar-se (SNI). Os navegadores atuais nunca a veem.",
        .link = "Continuar para o site",
    },
    [MSSL_PAGE_NO_CERT] = {
        .title = "Este site não está disponível aqui de forma segura",
        .text = "Este site não é oferecido aqui por uma ligação segura. O servidor funciona, mas não "
                "tem nada para mostrar com este nome.",
        .todo = { "Verifique se o endereço tem erros de digitação.",
                  "Se o endereço está certo, tente mais tarde ou avise o responsável pelo site." },
        .owner = "Este servidor não tem certificado para o nome. Peça ao seu fornecedor de alojamento "
                 "que instale um (HTTPS), e verifique se o DNS do nome aponta para o servidor certo.",
    },
    [MSSL_PAGE_NO_NAME] = {
        .title = "Que site deseja?",
        .text = "O seu pedido não diz para que site é. Muitos sites partilham este servidor, e um "
                "simples número como endereço não designa nenhum deles.",
        .todo = { "Use o nome do site como endereço, por exemplo https://www.example.com/." },
        .owner = "O pedido não tem cabeçalho Host, ou este não é um nome de host. Os links e a "
                 "monitorização precisam do nome do site.",
    },
    [MSSL_PAGE_LOOP] = {
        .title = "Demasiados reencaminhamentos de ida e volta",
        .text = "Este servidor encaminhou o seu pedido várias vezes, e ainda não chegou ao site. Isto "
                "acontece quando as suas ligações vêm de endereços que mudam, ou quando um programa "
                "antigo não diz que site quer.",
        .todo = { "Espere um minuto e tente de novo.",
                  "Tente outra rede, sem VPN nem proxy.",
                  "Use um navegador mais recente." },
        .owner = "O programa voltou do desvio três vezes num minuto, sempre sem o certificado certo.",
        .link = "Tentar de novo",
    },
    [MSSL_PAGE_CLIENT_CERT] = {
        .title = "Este site precisa de uma ligação própria",
        .text = "Este site reconhece os seus visitantes por algo que está no dispositivo deles, e a "
                "ligação aberta foi iniciada para outro site.",
        .todo = { "Feche todas as janelas do navegador e depois abra o endereço de novo." },
        .owner = "O site pede certificados de cliente. Precisa de um host virtual com as suas próprias "
                 "definições TLS, e de ligações abertas para o seu nome.",
    },
    [MSSL_PAGE_NOT_A_PROXY] = {
        .title = "Este servidor não é um proxy",
        .text = "O seu programa pediu a este servidor que fosse buscar algo a outro lugar. Ele não o "
                "faz.",
        .todo = { "Verifique as definições de proxy do seu navegador ou programa." },
        .owner = "O pedido era CONNECT, era para outro servidor, ou indicava dois hosts diferentes.",
    },
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        .title = "Esta página de ajuda não está configurada",
        .text = "Este endereço deve levar os visitantes ao seu site, mas ainda não está pronto.",
        .todo = { "Abra o site que deseja pelo seu próprio endereço." },
        .owner = "MSSLSwitchURL indica este endereço, por isso o seu host virtual precisa de "
                 "\"SetHandler mssl-switch\" para este caminho.",
    },
    [MSSL_PAGE_SWITCH_INFO] = {
        .title = "Uma página de ajuda para programas antigos",
        .text = "Muitos sites partilham este servidor, e os programas antigos não dizem qual deles "
                "querem. Aqui podem dizê-lo: o endereço de um site, escrito depois de um ponto de "
                "interrogação, é lembrado durante alguns minutos, e o programa é levado a esse site.",
        .todo = { "Com um navegador atual não precisa desta página: abra o site que deseja pelo seu "
                  "próprio endereço." },
        .owner = "Os links para programas antigos começam com o endereço desta página (um "
                 "\"desvio\").",
    },
    [MSSL_PAGE_SWITCH_BAD] = {
        .title = "Não é possível seguir este link",
        .text = "O link que conduziu aqui não está completo, ou leva a um lugar para onde esta página "
                "não pode encaminhar. Ela só encaminha para endereços seguros de sites deste servidor.",
        .todo = { "Volte atrás, ou escreva o endereço do site." },
        .owner = "Depois do ponto de interrogação tem de estar um URL como "
                 "https://www.example.com/page, de um site e de uma porta deste servidor, escrito por "
                 "extenso ou todo em codificação por cento.",
    },
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        .title = "Não há tal site aqui",
        .text = "O link que conduziu aqui leva a um nome que este servidor não conhece.",
        .todo = { "Verifique se o link tem erros de digitação.",
                  "Se o link está certo, avise o responsável pelo site." },
        .owner = "Este servidor não tem certificado para o nome do link, e esta página só leva a "
                 "nomes que têm um.",
    },
    [MSSL_PAGE_SWITCH_METHOD] = {
        .title = "Aqui só se chega por links",
        .text = "Esta página só aceita links e endereços digitados, nem formulários nem outros dados. "
                "Nada do que enviou foi guardado.",
        .todo = { "Abra primeiro o site e envie lá os seus dados." },
        .owner = "O desvio responde a GET e HEAD. Nenhum formulário deve levar até ele.",
    },
    [MSSL_PAGE_SWITCH_LATER] = {
        .title = "Tente de novo daqui a pouco",
        .text = "O servidor não conseguiu anotar que site deseja. Isto costuma passar depressa.",
        .todo = { "Espere dez segundos e tente de novo." },
        .owner = "A cache de MSSLIntentCache não responde. O registo de erros do servidor diz porquê.",
        .link = "Tentar de novo",
    },
    [MSSL_PAGE_MOVED] = {
        .title = "A encaminhar",
        .text = "O que procura está noutro endereço.",
        .todo = { "Se o seu navegador não for para lá sozinho, siga o link." },
        .link = "Continuar",
    },
    [MSSL_PAGE_BAD_REQUEST] = {
        .title = "Este pedido não foi entendido",
        .text = "O seu navegador ou programa enviou algo que este servidor não entende, ou não "
                "terminou a tempo.",
        .todo = { "Verifique o endereço e tente de novo." },
        .owner = "O pedido foi recusado antes de se saber para que site é.",
    },
    [MSSL_PAGE_MAKING] = {
        .title = "O certificado deste site está a ser criado",
        .text = "Este site acabou de chegar a este servidor, e a sua ligação segura está a ser "
                "preparada. Normalmente demora alguns segundos.",
        .todo = { "Espere alguns segundos e volte a carregar esta página.",
                  "Se esta página ainda aparecer daqui a uma hora, avise o proprietário do site." },
        .owner = "O servidor pediu um certificado para o nome a uma autoridade de certificação. O "
                 "administrador vê com \"msslctl job {host}\" em que ponto está.",
        .link = "Abrir o site sem cifra",
    },
    [MSSL_PAGE_PENDING] = {
        .title = "O certificado deste site aguarda aprovação",
        .text = "A ligação segura deste site ainda não está pronta: alguém tem de a aprovar "
                "primeiro.",
        .todo = { "Volte mais tarde.",
                  "Se demorar muito, avise o proprietário do site." },
        .owner = "Foi pedido um certificado para o nome, e alguém tem de agir antes de ser criado. "
                 "O administrador vê com \"msslctl job {host}\" quem.",
        .link = "Abrir o site sem cifra",
    },
    },
};
