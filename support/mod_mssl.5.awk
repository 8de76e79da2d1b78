# Copyright 2026 the mod_mssl developers
# SPDX-License-Identifier: Apache-2.0
#
# Makes the manual page mod_mssl(5) of conf-examples/reference.conf, in which tests/lint/directives.py
# holds each directive: awk -v version=X -f support/mod_mssl.5.awk conf-examples/reference.conf

function man(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text ~ /^[.']/ ? "\\&" text : text
}

# A term and what it means, or more of that. What is further in than that is a row of its own.
function add_to_list(text,   at, is_row) {
    paragraph = "list"
    if (text !~ /^ / && (at = match(text, /  +/)) > 0) {
        print ".TP\n.B " man(substr(text, 1, at - 1))
        text = substr(text, at)
        column = at + RLENGTH - 1
        was_row = 0
    }
    match(text, /^ +/)
    is_row = !at && RLENGTH > column
    if (is_row || was_row) print ".br"
    was_row = is_row
    sub(/^ +/, "", text)
    if (is_row) sub(/  +/, ": ", text)
    print man(text)
}

# A list has terms and what they mean apart by blanks, or goes on with such a line.
function is_list(text) {
    return text ~ /[^ .:]   *[^ ]/ && text !~ /^Context:/ && text ~ /^[A-Za-z:%"*]+([: |]PATH|FILE|PATTERN|PROGRAM)?  +/ \
        || text ~ /^ / && paragraph == "list"
}

BEGIN {
    print ".\\\" Copyright 2026 the mod_mssl developers\n.\\\" SPDX-License-Identifier: Apache-2.0"
    print ".\\\" Made of conf-examples/reference.conf."
    print ".TH MOD_MSSL 5 \"\" \"mod_mssl " version "\" \"Directives of httpd\""
    print ".SH NAME\nmod_mssl \\- each name the certificate of its own, in Apache httpd"
    print ".SH DESCRIPTION\nThe directives of mod_mssl. Outside of any <VirtualHost> is \"server\". A value in a virtual host"
    print "replaces the server's; of directives that may repeat, the virtual host's lines together replace the server's"
    print "lines. A bad value stops the start and \"apache2ctl configtest\" with one sentence. Times: 300s, 5m, 1h, 500ms; a"
    print "number alone is seconds."
    print ".SH DIRECTIVES"
}

/^# MSSL[A-Z][A-Za-z]+( |$)/ {
    print ".SS \"" man(substr($0, 3)) "\""
    is_in = 1
    paragraph = "text"
    next
}

is_in && /^#   / {
    text = substr($0, 5)
    if (is_list(text)) {
        add_to_list(text)
        next
    }
    if (paragraph != "text") print ".PP"
    print man(text)
    paragraph = text ~ /^Context:/ ? "" : "text"
    next
}

{
    is_in = 0
}

END {
    print ".SH SEE ALSO\nmsslctl(8), mssl\\-steward(8), and the files of docs/ and conf\\-examples/."
}
