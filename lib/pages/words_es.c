/* Copyright 2026 the mod_mssl developers
 * SPDX-License-Identifier: Apache-2.0 */

/* Spanish. Add a language: docs/pages.md. */

#include "lib/pages/words.h"

const mssl_words_t mssl_words_es = {
    .lang = "es",
    .asked = "Dirección pedida: {host}",
    .todo = "Qué puede hacer",
    .leads = "El enlace lleva a {link}",
    .owner = "Para el responsable del sitio",
    .example = "Ejemplo: {link}",
    .contact = "Contacto: {contact}",
    .support = "Para el soporte: página {code}, host {host}, hora {time}",
    .go_on = "Continuar",
    .pages = {
    [MSSL_PAGE_WRONG_CERT] = {
        .title = "Esta conexión pertenece a otra dirección",
        .text = "Su navegador ha llegado a este sitio por una conexión que se abrió para otra "
                "dirección. Por su seguridad no se muestra nada en ella.",
        .todo = { "Abra el sitio de nuevo, en otra pestaña o ventana.",
                  "Si vuelve a ver esta página, avise al responsable del sitio." },
        .owner = "El certificado de esta conexión no contiene el nombre pedido. Si el nombre es "
                 "suyo, necesita un certificado en este servidor.",
        .link = "Abrir el sitio de nuevo",
    },
    [MSSL_PAGE_VIA_SWITCH] = {
        .title = "Un paso más hasta este sitio",
        .text = "Muchos sitios comparten este servidor, y su navegador o programa no ha dicho cuál "
                "de ellos quiere. El servidor tiene que saberlo antes de mostrar el correcto.",
        .todo = { "Diga al servidor qué sitio quiere. Los navegadores actuales lo hacen por sí solos.",
                  "Si vuelve a ver esta página, use un navegador o programa más reciente.",
                  "Si ha enviado un formulario, envíelo otra vez cuando el sitio esté abierto: no "
                  "se ha guardado nada." },
        .owner = "Ven esta página los programas antiguos que no envían el nombre del sitio al "
                 "conectarse (SNI). Los navegadores actuales no la ven nunca.",
        .link = "Continuar al sitio",
    },
    [MSSL_PAGE_NO_CERT] = {
        .title = "Este sitio no está disponible aquí de forma segura",
        .text = "Este sitio no se ofrece aquí por una conexión segura. El servidor funciona, pero "
                "no tiene nada que mostrar con este nombre.",
        .todo = { "Compruebe que la dirección no tenga errores de escritura.",
                  "Si la dirección es correcta, pruebe más tarde o avise al responsable del "
                  "sitio." },
        .owner = "Este servidor no tiene certificado para el nombre. Pida a su proveedor de "
                 "alojamiento que instale uno (HTTPS), y compruebe que el DNS del nombre apunte al "
                 "servidor correcto.",
    },
    [MSSL_PAGE_NO_NAME] = {
        .title = "¿Qué sitio quiere ver?",
        .text = "Su petición no dice para qué sitio es. Muchos sitios comparten este servidor, y un "
                "simple número como dirección no designa a ninguno.",
        .todo = { "Use como dirección el nombre del sitio, por ejemplo https://www.example.com/." },
        .owner = "La petición no tiene cabecera Host, o esta no es un nombre de host. Los enlaces y "
                 "la supervisión necesitan el nombre del sitio.",
    },
    [MSSL_PAGE_LOOP] = {
        .title = "Se le ha enviado de un lado a otro demasiadas veces",
        .text = "Este servidor le ha enviado varias veces, y usted sigue sin llegar al sitio. Esto "
                "ocurre cuando sus conexiones vienen de direcciones cambiantes, o cuando un "
                "programa antiguo no dice qué sitio quiere.",
        .todo = { "Espere un minuto y pruebe de nuevo.",
                  "Pruebe otra red, sin VPN ni proxy.",
                  "Use un navegador más reciente." },
        .owner = "El programa volvió tres veces del desvío en un minuto, cada vez sin el certificado "
                 "correcto.",
        .link = "Probar de nuevo",
    },
    [MSSL_PAGE_CLIENT_CERT] = {
        .title = "Este sitio necesita una conexión propia",
        .text = "Este sitio reconoce a sus visitantes por algo que está en su dispositivo, y la "
                "conexión abierta se empezó para otro sitio.",
        .todo = { "Cierre todas las ventanas del navegador y abra después la dirección de nuevo." },
        .owner = "El sitio pide certificados de cliente. Necesita un host virtual con su propia "
                 "configuración TLS, y conexiones abiertas para su nombre.",
    },
    [MSSL_PAGE_NOT_A_PROXY] = {
        .title = "Este servidor no es un proxy",
        .text = "Su programa ha pedido a este servidor que traiga algo de otro lugar. No lo hace.",
        .todo = { "Compruebe la configuración de proxy de su navegador o programa." },
        .owner = "La petición era CONNECT, iba dirigida a otro servidor o nombraba dos hosts "
                 "distintos.",
    },
    [MSSL_PAGE_NOT_THE_SWITCH] = {
        .title = "Esta página de ayuda no está configurada",
        .text = "Esta dirección debe llevar a los visitantes a su sitio, pero todavía no está lista.",
        .todo = { "Abra el sitio que quiere por su propia dirección." },
        .owner = "MSSLSwitchURL nombra esta dirección, así que su host virtual necesita "
                 "\"SetHandler mssl-switch\" para esta ruta.",
    },
    [MSSL_PAGE_SWITCH_INFO] = {
        .title = "Una página de ayuda para programas antiguos",
        .text = "Muchos sitios comparten este servidor, y los programas antiguos no dicen cuál "
                "quieren. Aquí pueden decirlo: la dirección de un sitio, escrita detrás de un signo "
                "de interrogación, se recuerda unos minutos, y el programa es llevado a ese sitio.",
        .todo = { "Con un navegador actual no necesita esta página: abra el sitio que quiere por su "
                  "propia dirección." },
        .owner = "Los enlaces para programas antiguos empiezan por la dirección de esta página (un "
                 "\"desvío\").",
    },
    [MSSL_PAGE_SWITCH_BAD] = {
        .title = "No se puede seguir este enlace",
        .text = "El enlace que le ha traído aquí no está completo, o lleva a donde esta página no "
                "puede enviarle. Solo envía a direcciones seguras de sitios de este servidor.",
        .todo = { "Vuelva atrás, o escriba usted la dirección del sitio." },
        .owner = "Detrás del signo de interrogación tiene que haber una URL como "
                 "https://www.example.com/page, de un sitio y un puerto de este servidor, escrita "
                 "tal cual o toda ella con codificación por ciento.",
    },
    [MSSL_PAGE_SWITCH_UNKNOWN] = {
        .title = "Aquí no hay tal sitio",
        .text = "El enlace que le ha traído aquí lleva a un nombre que este servidor no conoce.",
        .todo = { "Compruebe que el enlace no tenga errores de escritura.",
                  "Si el enlace es correcto, avise al responsable del sitio." },
        .owner = "Este servidor no tiene certificado para el nombre del enlace, y esta página solo "
                 "lleva a nombres que lo tienen.",
    },
    [MSSL_PAGE_SWITCH_METHOD] = {
        .title = "A esta página solo se llega por enlaces",
        .text = "Esta página solo acepta enlaces y direcciones escritas, ni formularios ni otros "
                "datos. No se ha guardado nada de lo que envió.",
        .todo = { "Abra primero el sitio, y envíe allí sus datos." },
        .owner = "El desvío responde a GET y HEAD. Ningún formulario debe llevar a él.",
    },
    [MSSL_PAGE_SWITCH_LATER] = {
        .title = "Pruebe de nuevo en un momento",
        .text = "El servidor no pudo anotar qué sitio quiere usted. Suele pasar pronto.",
        .todo = { "Espere diez segundos y pruebe de nuevo." },
        .owner = "La caché de MSSLIntentCache no responde. El registro de errores del servidor dice "
                 "por qué.",
        .link = "Probar de nuevo",
    },
    [MSSL_PAGE_MOVED] = {
        .title = "Se le está redirigiendo",
        .text = "Lo que busca está en otra dirección.",
        .todo = { "Si su navegador no va allí por sí solo, siga el enlace." },
        .link = "Continuar",
    },
    [MSSL_PAGE_BAD_REQUEST] = {
        .title = "No se ha entendido esta petición",
        .text = "Su navegador o programa ha enviado algo que este servidor no entiende, o no ha "
                "terminado a tiempo.",
        .todo = { "Compruebe la dirección y pruebe de nuevo." },
        .owner = "La petición fue rechazada antes de saberse para qué sitio es.",
    },
    [MSSL_PAGE_MAKING] = {
        .title = "Se está creando el certificado de este sitio",
        .text = "Este sitio acaba de llegar a este servidor y su conexión segura se está "
                "preparando. Suele tardar unos segundos.",
        .todo = { "Espere unos segundos y vuelva a cargar esta página.",
                  "Si esta página sigue apareciendo dentro de una hora, avise al propietario del "
                  "sitio." },
        .owner = "El servidor ha pedido un certificado para el nombre a una autoridad de "
                 "certificación. El administrador ve con \"msslctl job {host}\" en qué punto "
                 "está.",
        .link = "Abrir el sitio sin cifrado",
    },
    [MSSL_PAGE_PENDING] = {
        .title = "El certificado de este sitio espera una aprobación",
        .text = "La conexión segura de este sitio aún no está lista: alguien tiene que aprobarla "
                "antes.",
        .todo = { "Vuelva más tarde.",
                  "Si tarda mucho, avise al propietario del sitio." },
        .owner = "Se ha solicitado un certificado para el nombre, y alguien tiene que actuar antes "
                 "de que se cree. El administrador ve con \"msslctl job {host}\" quién.",
        .link = "Abrir el sitio sin cifrado",
    },
    },
};
