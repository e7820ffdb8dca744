//! Lines that a program sets above a message: warnings about mail from outside, ticket numbers, titles of forms.

/// A longer line is no warning.
const WARNING_BYTES_MAX: usize = 240;

/// A longer line is no title of a form.
const TITLE_BYTES_MAX: usize = 120;

/// A longer line says more than the number of a ticket.
const TICKET_BYTES_MAX: usize = 40;

/// Words of a warning about mail from outside.
const WARNING_WORDS: &[&str] = &[
    "[external",
    "[extern",
    "external email",
    "external e-mail",
    "external sender",
    "outside of your organi",
    "outside your organi",
    "outside of the organi",
    "outside the organi",
    "outside of our organi",
    "do not click",
    "externe e-mail",
    "externe mail",
    "externer absender",
    "außerhalb der organisation",
    "außerhalb ihrer organisation",
    "klicken sie nicht",
    "klicken sie keine",
    "expéditeur externe",
    "e-mail externe",
    "mail externe",
    "extérieur de l'organisation",
    "ne cliquez pas",
    "mittente esterno",
    "e-mail esterna",
    "mail esterna",
    "non cliccare",
    "externe afzender",
    "klik niet op",
    "remitente externo",
    "correo externo",
    "no haga clic",
    "remetente externo",
    "e-mail externo",
    "email externo",
    "não clique",
];

/// Words of the title of what was filled in on a website or spoken onto a machine.
const TITLE_WORDS: &[&str] = &[
    "form submission",
    "web form",
    "webform",
    "website form",
    "contact form",
    "enquiry form",
    "inquiry form",
    "kontaktformular",
    "webformular",
    "formulaire de contact",
    "formulaire web",
    "modulo di contatto",
    "modulo contatti",
    "modulo web",
    "contactformulier",
    "webformulier",
    "formulario de contacto",
    "formulario web",
    "formulário de contato",
    "formulário de contacto",
    "formulário web",
    "voicemail",
    "voice mail",
    "voice message",
    "sprachnachricht",
    "mailbox-nachricht",
    "mailboxnachricht",
    "message vocal",
    "messagerie vocale",
    "messaggio vocale",
    "segreteria telefonica",
    "voicemailbericht",
    "mensaje de voz",
    "buzón de voz",
    "mensagem de voz",
    "correio de voz",
];

/// First words of a line with the number of a ticket.
const TICKET_WORDS: &[&str] = &[
    "ticket",
    "[ticket",
    "case",
    "[case",
    "request",
    "[request",
    "incident",
    "[#",
    "#",
    "vorgang",
    "anfrage",
    "demande",
    "richiesta",
    "aanvraag",
    "solicitud",
    "caso",
    "chamado",
    "pedido de suporte",
];

/// Whether a line was set above the message by a program.
pub fn is_notice(line: &str) -> bool {
    if line.len() > WARNING_BYTES_MAX {
        return false;
    }
    let lower = line.to_lowercase();
    let has_digit = line.contains(|c: char| c.is_ascii_digit());
    let has_any = |all: &[&str]| all.iter().any(|words| lower.contains(words));
    let is_warning = !has_digit && has_any(WARNING_WORDS);
    let is_title = line.len() <= TITLE_BYTES_MAX && has_any(TITLE_WORDS);
    let is_ticket =
        has_digit && line.len() <= TICKET_BYTES_MAX && TICKET_WORDS.iter().any(|word| lower.starts_with(word));
    is_warning || is_title || is_ticket
}
