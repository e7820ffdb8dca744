//! The words, in seven languages, for the documents and things beside an invoice that have a number of their own.

/// How surely a word says that the number behind it is no invoice's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Of every number.
    Always,
    /// Of a bare number, and of any with a word for `number` between; else only where an invoice's number stands beside it.
    Plainly,
    /// Only with a word for `number` between, or beside an invoice's number: alone it begins invoice numbers too, or means more.
    Numbered,
}

/// Words by what they say, folded.
const WORDS: &[(Naming, &str)] = &[
    // Mandates of direct debits.
    (Naming::Always, "mandat mandats mandatsreferenz rum umr machtiging incassomachtiging machtigingskenmerk"),
    // Orders.
    (
        Naming::Plainly,
        "order orders po bestellung bestellungen auftrag auftrage commande commandes cde cdes pedido pedidos ordine \
        ordini bestelling bestellingen opdracht inkooporder encomenda encomendas requisicao abruf afroep orden",
    ),
    // Deliveries.
    (
        Naming::Plainly,
        "docket dockets waybill waybills tracking consignment parcel lieferschein lieferscheine lieferscheins sendung \
        albaran albaranes alb remito remitos guia guias remessa romaneio ddt bolla bolle pakbon pakbonnen leverbon \
        leverbonnen vrachtbrief weegbon werkbon zending colis remision envio",
    ),
    // Customers and suppliers.
    (
        Naming::Plainly,
        "customer cust kunde kunden debitor kreditor client clients cliente clientes klant klantcode debiteur vendor \
        supplier lieferant fournisseur fornecedor proveedor leverancier fornitore",
    ),
    // Contracts, offers and projects.
    (
        Naming::Plainly,
        "contract contracts contrat contrats vertrag vertrage contrato contratos contratto contratti overeenkomst \
        agreement quote quotation angebot devis presupuesto preventivo offerte orcamento cotizacion proposta oferta \
        offre project projects projekt projet proyecto progetto projeto obra chantier baustelle cantiere commessa",
    ),
    // Cases and reports.
    (
        Naming::Plainly,
        "case dossier caso incidencia incident pratica melding chamado processo expediente vorgang aktenzeichen \
        sinistre protocolo protokoll reclamation reclamacion reclamacao reklamation report rapport informe relatorio \
        rapporto bericht prufbericht",
    ),
    // Articles, lots and machines.
    (
        Naming::Plainly,
        "article articles artikel articulo articolo artigo serial seriennummer serie lote lotto batch sku ean matricola \
        modele model",
    ),
    // Cheques and returns.
    (
        Naming::Plainly,
        "cheque cheques chq scheck schecks assegno assegni rma retour retourbon retoure reso devolucao devolucion",
    ),
    // Registrations.
    (Naming::Plainly, "siret siren nif cif nit cnpj cuit rfc kvk uid abn hrb hra"),
    (
        Naming::Numbered,
        "account acct ticket tickets livraison livraisons lieferung delivery shipment dn ls bl bls gr cmr kd kdn \
        pod conta cuenta compte conto claim return check art item lot charge sn part machine maschine code codice codigo \
        vat ust tva iva btw id paket colli container member membership booking reservation receipt zaak file \
        mandate mandato cod best",
    ),
];

/// Words that name a document together with one of the words in front of them: `delivery note`, `bon de livraison`.
const PHRASES: &[(Naming, &str, &str)] = &[
    (Naming::Plainly, "note notes", "delivery despatch dispatch consignment advice"),
    (Naming::Plainly, "slip slips", "packing delivery"),
    (Naming::Plainly, "list", "packing"),
    (Naming::Plainly, "lading", "bill"),
    (Naming::Plainly, "livraison", "bon bons bordereau"),
    (Naming::Plainly, "entrega", "nota guia albaran"),
    (Naming::Plainly, "transporte", "guia"),
    (Naming::Plainly, "consegna", "bolla"),
    (Naming::Plainly, "trasporto", "documento"),
    (Naming::Plainly, "compra", "orden ordem pedido"),
    (Naming::Plainly, "acquisto", "ordine"),
    (Naming::Always, "debito", "autorizacao"),
    (Naming::Always, "mandate", "debit sepa sdd our the your this"),
    (Naming::Always, "mandato", "sdd sepa il el o del al nostro nosso nuestro vostro"),
    (Naming::Always, "sepa sdd", "mandat mandate mandato"),
];

/// Words for those who write invoices: a reference of theirs, `vendor ref 4471`, is an invoice's.
const SUPPLIERS: &str = "vendor supplier lieferant fournisseur fornecedor proveedor leverancier fornitore";

/// Words for the places in a document, of which a range is given, `pages 2-3`.
const PLACES: &str = "page pages pp seite seiten pagina paginas pagine blz position positions positionen pos posicion \
    posiciones posizione posizioni positie posities posicao posicoes line lines zeile zeilen ligne lignes linea lineas \
    riga righe regel regels linha linhas item items clause clauses section sections ziffer ziffern punkt punkte points \
    puntos punti point step steps schritt";

/// Words that are cut short before a full stop.
const ABBREVIATIONS: &str = "kd kdn cust acct art alb cde cod best ls dn bl gr cli ped enc";

/// What German and Dutch compounds end in that name another document: `Rahmenvertrag`, `Sammellieferschein`.
const ENDINGS: &[&str] =
    &["lieferschein", "auftrag", "bestellung", "vertrag", "angebot", "projekt", "bestelling", "overeenkomst", "mandat"];

/// What compounds with a word for `number` begin with that may be an invoice's: `Belegnummer`.
const OPEN_BEGINNINGS: &[&str] = &[
    "rechn",
    "faktu",
    "fakt",
    "factu",
    "beleg",
    "dokument",
    "document",
    "referen",
    "nota",
    "rekening",
    "buchung",
    "volg",
    "laufend",
    "eingangsrechn",
    "ausgangsrechn",
    "schlussrechn",
    "abschlagsrechn",
];

/// Letters in front of a word for `number` from which a compound names what is numbered.
const BEGINNING_LETTERS_MIN: usize = 4;

/// What the folded word says of a number behind it; `has_before` tells whether a word stands shortly in front of it.
pub fn naming_of(word: &str, has_before: impl Fn(&str) -> bool) -> Option<Naming> {
    let phrase = PHRASES.iter().find(|(_, heads, before)| {
        heads.split_ascii_whitespace().any(|head| head == word) && before.split_ascii_whitespace().any(&has_before)
    });
    if let Some((naming, _, _)) = phrase {
        return Some(*naming);
    }
    let listed = WORDS.iter().find(|(_, words)| words.split_ascii_whitespace().any(|listed| listed == word));
    if let Some((naming, _)) = listed {
        return Some(*naming);
    }
    let is_compound = ENDINGS.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending));
    is_compound.then_some(Naming::Plainly)
}

/// Whether the folded word is who writes the invoices.
pub fn is_supplier(word: &str) -> bool {
    SUPPLIERS.split_ascii_whitespace().any(|listed| listed == word)
}

/// Whether the folded word is a place in a document.
pub fn is_place(word: &str) -> bool {
    PLACES.split_ascii_whitespace().any(|listed| listed == word)
}

/// Whether a full stop behind the folded word is the end of the word and not of a sentence.
pub fn is_abbreviation(word: &str) -> bool {
    word.ends_with("nr") || ABBREVIATIONS.split_ascii_whitespace().any(|listed| listed == word)
}

/// Whether the folded word is a German or Dutch compound for the number of something else than an invoice: `Kundennummer`.
pub fn is_other_number_noun(word: &str) -> bool {
    let beginning = ["nummern", "nummers", "nummer", "nrs", "nr"].iter().find_map(|ending| word.strip_suffix(ending));
    beginning.is_some_and(|beginning| {
        let is_open = OPEN_BEGINNINGS.iter().any(|open| beginning.starts_with(open));
        let is_long = beginning.len() >= BEGINNING_LETTERS_MIN;
        is_long && !is_open || naming_of(beginning, |_| false).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_phrases_name_other_documents() {
        for word in ["pedido", "lieferschein", "rahmenvertrag", "sammellieferschein", "pakbon", "cliente"] {
            assert_eq!(naming_of(word, |_| false), Some(Naming::Plainly), "{word}");
        }
        assert_eq!(naming_of("livraison", |_| false), Some(Naming::Numbered));
        assert_eq!(naming_of("livraison", |before| before == "bon"), Some(Naming::Plainly));
        assert_eq!(naming_of("mandato", |before| before == "il"), Some(Naming::Always));
        for word in ["rechnung", "note", "factuur", "ticketing", "wir"] {
            assert_eq!(naming_of(word, |_| false), None, "{word}");
        }
    }

    #[test]
    fn compounds_for_other_numbers_are_told_from_those_for_invoices() {
        for word in [
            "kundennummer",
            "klantnr",
            "bestellnr",
            "sendungsnummer",
            "debiteurennummer",
            "artikelnummern",
            "kdnr",
            "artnr",
        ] {
            assert!(is_other_number_noun(word), "{word}");
        }
        for word in ["rechnungsnummer", "factuurnummer", "belegnr", "nummer", "renr", "rgnr", "referenznummer"] {
            assert!(!is_other_number_noun(word), "{word}");
        }
    }
}
