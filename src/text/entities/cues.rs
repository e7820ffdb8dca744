//! Words that say what kind of reference or number stands beside them, in the seven languages.

use super::pieces::{PieceKind, Pieces};

/// What a cue word announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// An invoice.
    Invoice,
    /// An order or purchase order.
    Order,
    /// A delivery note, waybill or parcel.
    Delivery,
    /// A return or complaint number.
    Return,
    /// A credit or debit note.
    Note,
    /// A quotation, contract or project.
    Contract,
    /// A ticket, case or file.
    Ticket,
    /// A customer, supplier or account number.
    Account,
    /// An article, part, lot, serial number or machine.
    Article,
    /// A bank account, transfer or cheque.
    Bank,
    /// A telephone number.
    Phone,
    /// A street, town or room.
    Place,
    /// A law or clause.
    Law,
    /// A unit of measure or a thing that is counted.
    Unit,
    /// A day, month, week or hour.
    Time,
    /// A tax or company registration.
    Tax,
    /// A person's age, a floor, a page, a step: a plain number.
    Plain,
}

/// Stems of the cue words; a stem that ends in `$` is a whole word.
const STEMS: &[(Cue, &str)] = &[
    (
        Cue::Invoice,
        "invoic inv$ bill$ bills$ billing$ rechnung rechn rg$ rgnr re$ renr faktur factur fact$ fac$ fra$ fras$ \
        fattur ft$ fatt fatur nf$ nfs nfe$ nfse$ nota$ notas$ beleg belege$ belegnr piece$ pieces$ document documento item$ \
        items$ posten rekening reknr facturen factuur voucher avoir mahnung reminder relance sollecit recordatorio \
        herinnering aanmaning lembrete recibo vorgang eingangsrechnung schlussrechnung abschlagsrechnung abrechnung",
    ),
    (
        Cue::Order,
        "order po$ pos$ bestell best$ auftrag commande cde$ bc$ pedido ordine ord$ oda$ inkooporder bestelling bon$ \
        encomenda requisi empenho oc$ op$ abruf orden$ engagement bestelnr marche$ afroep",
    ),
    (
        Cue::Delivery,
        "deliver dn$ pod$ waybill consignment docket lieferschein ls$ lieferung livraison bl$ albaran ddt$ bolla \
        bolle pakbon vrachtbrief cmr$ cmrs$ guia romaneio manifest tracking sendung colis parcel shipment packing palette \
        palettenschein leveringsbon cte$ ct$ remito remision envio container conteneur weegbon wiegeschein",
    ),
    (Cue::Return, "rma$ ra$ retour return reklamation reclamation reclamo devolu reso$ resi$ retouren reclamatie"),
    (
        Cue::Note,
        "gutschrift gs$ credit cn$ avoir av$ nc$ nota$ abono creditnota creditnote debit lastschrift belastung debito \
        addebito storno stornierung",
    ),
    (
        Cue::Contract,
        "contract contrat vertrag contrato contratto overeenkomst quote$ quotation offer$ offerte angebot devis oferta \
        presupuesto preventivo orcamento cotizacion projekt project projet proyecto progetto projeto agreement police policy \
        poliza polizza polis kostenstelle lease baustelle chantier dossiernr angebotsnr offre proposta",
    ),
    (
        Cue::Ticket,
        "ticket case$ cas$ file$ vorgangsnr aktenzeichen az$ dossier expediente pratica processo processnr zaak fall \
        incident referenz meldung caso chamado protocolo sinistre schaden claim$ request",
    ),
    (
        Cue::Account,
        "customer account acct kunden kunde kundennr debitor kreditor client cliente klant compte cuenta conto vendor \
        supplier fornecedor proveedor fournisseur lieferanten leverancier mandat member membre abonne matricule",
    ),
    (
        Cue::Article,
        "art$ article artikel articulo articolo artigo sku$ ref$ refs$ part$ parts$ model modell modele modelo modello \
        serial serien lot$ lote lotto charge batch type$ typ$ item sachnr teil kennzeichen plate machine maschine filter din$ \
        ean$ cod$ code codigo codice toner norme lotti lotes drawing zeichnung revision",
    ),
    (
        Cue::Bank,
        "iban bic$ swift konto kto$ blz$ bank banc banque sepa virement transfer uberweis transferencia bonifico \
        overboeking cheque check$ bacs ach$ wire eft$ pix$ boleto zahlung payment paiement pago pagamento betaling trn$ cro$ \
        verwendungszweck kenmerk avis remesa giro giroconto valuta chq$ sortcode advice run$",
    ),
    (
        Cue::Phone,
        "tel$ telf$ phone fon$ telefon mobil cell$ fax$ handy gsm$ ext$ poste$ durchwahl movil portable whatsapp ph$ \
        ruf$ rufnr appelez rappeler mob$ cel$",
    ),
    (
        Cue::Place,
        "street str$ strasse weg$ platz rue$ avenue av$ road rd$ calle via$ plaza piazza straat laan boulevard bd$ room \
        zimmer raum floor etage unit$ suite box$ postfach plz$ gate tor$ route local quai km$ platform halle bay$ site$ \
        filiale store$ shop$ magasin tienda negozio loja winkel",
    ),
    (
        Cue::Law,
        "section clause paragraph art$ artikel article articulo articolo artigo kapitel ziffer ziff abs$ bgb$ hgb$ code \
        law$ loi$ gesetz lei$ ley$ legge iso$ din$ en$ norm norma regulation",
    ),
    (
        Cue::Unit,
        "kg$ g$ t$ to$ l$ ltr m$ m2$ m3$ mm$ cm$ km$ h$ hr$ hrs$ hour stunden std$ heure hora ore$ ora$ uur uren stuck \
        stk$ stck pcs$ pc$ pieces unit$ units$ units unidad unidades pezzi pezzo stuks box boxes carton karton cartons caja \
        cajas cassa casse doos dozen caixa caixas pallet palette palettes bottle flasche bouteille botella bottigl fles \
        garrafa rolls rollen sack sacs sacchi saco zak litre liter litro litri ton$ tons$ tonne tonnen metre meter metri \
        metro kwh$ mwh$ kva$ user licence lizenz seat percent prozent pourcent days tage jours dias giorni dagen weeks wochen \
        semaines semanas settimane weken months monate mois meses mesi maanden years jahre ans$ anos anni jaar x$ mal$ fois \
        veces volte keer vezes people personen personnes personas persone pax$ guests gaste nights nachte nuits noches notti",
    ),
    (
        Cue::Time,
        "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag \
        sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes sabado domingo \
        lunedi martedi mercoledi giovedi venerdi sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag zondag \
        segunda terca quarta quinta sexta week$ woche kw$ wk$ semaine semana settimana uhr$ clock am$ pm$ since seit depuis \
        desde dal$ sinds year$ jahr annee ano$ anno jaar quarter quartal trimestre saison season",
    ),
    (
        Cue::Tax,
        "vat$ ust$ uid$ ustid siret siren tva$ nif$ cif$ cnpj cpf$ iva$ partita piva$ kvk$ btw$ abn$ gstin$ ein$ rfc$ rut$ \
        nit$ hrb$ registration cui$ peppol",
    ),
    (
        Cue::Plain,
        "page seite pagina line$ ligne linea riga regel linha step$ point punkt punto position pos$ version year aged \
        age$ jahrig floor class klasse grade group gruppe team no$ option",
    ),
];

/// Words that are looked at to the left of a number.
const LEFT_WORDS_MAX: usize = 4;
/// Pieces that are looked at to either side.
const PIECES_SPAN_MAX: usize = 9;

/// The cues of every word of a message, found once.
pub struct Cues {
    of_pieces: Vec<Option<Cue>>,
}

impl Cues {
    /// Looks up every word.
    pub fn read(pieces: &Pieces) -> Self {
        let table = CueTable::shared();
        let of_pieces = (0..pieces.len()).map(|index| pieces.letters(index).and_then(|word| table.cue(word))).collect();
        Cues { of_pieces }
    }

    /// The cue of the word at this index.
    pub fn of(&self, index: usize) -> Option<Cue> {
        self.of_pieces.get(index).copied().flatten()
    }

    /// The nearest cue to the left of this piece in its line, and how many words away it stands.
    pub fn left(&self, pieces: &Pieces, first: usize) -> Option<(Cue, usize)> {
        let mut word_count = 0;
        for index in (first.saturating_sub(PIECES_SPAN_MAX)..first).rev() {
            match pieces.get(index)?.kind {
                PieceKind::Break => return None,
                PieceKind::Mark('.' | ';' | '!' | '?') if !pieces.is_joined(index + 1) && word_count > 0 => {
                    return None;
                }
                PieceKind::Letters => {
                    word_count += 1;
                    if let Some(cue) = self.of_pieces.get(index).copied().flatten() {
                        return Some((cue, word_count));
                    }
                    if word_count == LEFT_WORDS_MAX {
                        return None;
                    }
                }
                PieceKind::Mark(_) | PieceKind::Digits => {}
            }
        }
        None
    }

    /// The cue in the first two words to the right of this piece, and which of them it is.
    pub fn right(&self, pieces: &Pieces, end: usize) -> Option<(Cue, usize)> {
        let mut word_count = 0;
        for index in end..end + 4 {
            match pieces.get(index)?.kind {
                PieceKind::Break => return None,
                PieceKind::Letters => {
                    word_count += 1;
                    if let Some(cue) = self.of_pieces.get(index).copied().flatten() {
                        return Some((cue, word_count));
                    }
                    if word_count == 2 {
                        return None;
                    }
                }
                PieceKind::Mark(_) | PieceKind::Digits => {}
            }
        }
        None
    }
}

/// The stems by their first two letters.
struct CueTable {
    by_start: std::collections::HashMap<[u8; 2], Vec<(&'static str, bool, Cue)>>,
}

impl CueTable {
    fn shared() -> &'static CueTable {
        static TABLE: std::sync::OnceLock<CueTable> = std::sync::OnceLock::new();
        TABLE.get_or_init(|| {
            let mut by_start: std::collections::HashMap<[u8; 2], Vec<(&'static str, bool, Cue)>> =
                std::collections::HashMap::new();
            for (cue, stems) in STEMS {
                for stem in stems.split_ascii_whitespace() {
                    let (text, is_whole) = stem.strip_suffix('$').map_or((stem, false), |text| (text, true));
                    by_start.entry(start_of(text)).or_default().push((text, is_whole, *cue));
                }
            }
            CueTable { by_start }
        })
    }

    fn cue(&self, word: &str) -> Option<Cue> {
        self.by_start
            .get(&start_of(word))?
            .iter()
            .find(|(stem, is_whole, _)| if *is_whole { word == *stem } else { word.starts_with(stem) })
            .map(|(_, _, cue)| *cue)
    }
}

fn start_of(word: &str) -> [u8; 2] {
    let bytes = word.as_bytes();
    [bytes.first().copied().unwrap_or_default(), bytes.get(1).copied().unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_found_in_the_seven_languages() {
        for (word, cue) in [
            ("rechnungen", Cue::Invoice),
            ("factures", Cue::Invoice),
            ("bestellung", Cue::Order),
            ("albaran", Cue::Delivery),
            ("rma", Cue::Return),
            ("kundennummer", Cue::Account),
            ("iban", Cue::Bank),
        ] {
            assert_eq!(CueTable::shared().cue(word), Some(cue), "{word}");
        }
        assert_eq!(CueTable::shared().cue("blue"), None);
    }
}
