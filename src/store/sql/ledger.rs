//! SQL texts of the ledger.

/// The columns of a customer as read, from `customer`.
macro_rules! customer_columns {
    () => {
        "customer.id, customer.name, customer.segment, customer.country, customer.language, \
         customer.annual_revenue_minor, customer.annual_revenue_currency, customer.credit_limit_minor, \
         customer.credit_limit_currency, customer.credit_score_value, customer.credit_score_worst, \
         customer.credit_score_best, customer.credit_score_on"
    };
}

/// Customers, entered unless the end of the statement says what becomes of known ones.
macro_rules! insert_customer {
    ($tail:literal) => {
        insert!("customer" (
            "id" text, "name" text, "segment" text, "country" text, "language" text, "annual_revenue_minor" int,
            "annual_revenue_currency" text, "credit_limit_minor" int, "credit_limit_currency" text,
            "credit_score_value" real, "credit_score_worst" real, "credit_score_best" real, "credit_score_on" text,
            "content_digest" text,
        ) $tail)
    };
}

/// The customers that a list names.
macro_rules! customers_named {
    () => {
        concat!(
            "SELECT ",
            customer_columns!(),
            " FROM json_each($2) CROSS JOIN customer WHERE customer.tenant = $1 AND customer.id = value ->> 'id'"
        )
    };
}

/// The payments or credit notes that a list names, each before another statement asks what became of it.
macro_rules! documents_to_settle {
    ($table:literal) => {
        concat!(
            "SELECT ",
            $table,
            ".id FROM json_each($2) CROSS JOIN ",
            $table,
            " WHERE ",
            $table,
            ".tenant = $1 AND ",
            $table,
            ".id = value ->> 'id'"
        )
    };
}

/// The payments or credit notes that a list names, with what is allocated of them, up to the gross amounts of the invoices, and their
/// reversals.
macro_rules! documents_named {
    ($table:literal, $day:literal) => {
        concat!(
            "SELECT '",
            $table,
            "' AS document, ",
            $table,
            ".id, ",
            $table,
            ".customer_id, ",
            $table,
            ".currency, ",
            $table,
            ".amount_minor, ",
            $table,
            ".",
            $day,
            " AS dated_on,
            (SELECT CAST(SUM(CASE WHEN line.amount_minor > invoice.amount_minor THEN invoice.amount_minor
                    ELSE line.amount_minor END) AS BIGINT)
                FROM (SELECT allocation.invoice_id, CAST(SUM(allocation.amount_minor) AS BIGINT) AS amount_minor
                    FROM allocation WHERE allocation.tenant = $1 AND allocation.customer_id = ",
            $table,
            ".customer_id
                    AND allocation.document = '",
            $table,
            "' AND allocation.document_id = ",
            $table,
            ".id
                    GROUP BY allocation.invoice_id) AS line
                JOIN invoice ON invoice.tenant = $1 AND invoice.id = line.invoice_id) AS allocated_minor,
            (SELECT CAST(SUM(application.amount_minor) AS BIGINT) FROM application
                WHERE application.tenant = $1 AND application.document = '",
            $table,
            "'
                AND application.document_id = ",
            $table,
            ".id) AS applied_minor,
            reversal.id AS reversal_id, reversal.reversed_on
            FROM json_each($2) CROSS JOIN ",
            $table,
            " LEFT JOIN reversal ON reversal.tenant = $1
                AND reversal.document = '",
            $table,
            "' AND reversal.document_id = ",
            $table,
            ".id
            WHERE ",
            $table,
            ".tenant = $1 AND ",
            $table,
            ".id = value ->> 'id'"
        )
    };
}

statements! {
    /// Tenants, new or known.
    INSERT_TENANT = "INSERT INTO tenant (id) SELECT value ->> 'tenant' FROM json_each($1) WHERE true
        ON CONFLICT DO NOTHING";
    /// Every tenant.
    TENANTS = "SELECT id FROM tenant ORDER BY id";
    /// The first tenant, when there is one: it tells that the tables can be read.
    FIRST_TENANT = "SELECT MIN(id) FROM tenant";

    /// Counts that records of ledgers were taken in.
    COUNT_LEDGER_CHANGE = "INSERT INTO ledger_change (tenant, change_count, refreshed_count)
        SELECT value ->> 'tenant', 1, 0 FROM json_each($1) WHERE true
        ON CONFLICT (tenant) DO UPDATE SET change_count = ledger_change.change_count + 1";
    /// Notes up to which change of their ledgers worklists are brought in line.
    NOTE_REFRESH = "UPDATE ledger_change SET refreshed_count = CAST(value ->> 'change_count' AS BIGINT) FROM json_each($1)
        WHERE ledger_change.tenant = value ->> 'tenant'
        AND ledger_change.refreshed_count < CAST(value ->> 'change_count' AS BIGINT)";
    /// How often a ledger ever changed.
    LEDGER_CHANGE_COUNT = "SELECT change_count FROM ledger_change WHERE tenant = $1";
    /// The ledgers that changed since, each with how often it ever did.
    LEDGERS_CHANGED = "SELECT tenant, change_count FROM ledger_change WHERE change_count > refreshed_count ORDER BY tenant";

    /// Customers, replacing what was known of them.
    UPSERT_CUSTOMER = insert_customer!(
        " ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, segment = excluded.segment,
            country = excluded.country, language = excluded.language,
            annual_revenue_minor = excluded.annual_revenue_minor,
            annual_revenue_currency = excluded.annual_revenue_currency,
            credit_limit_minor = excluded.credit_limit_minor, credit_limit_currency = excluded.credit_limit_currency,
            credit_score_value = excluded.credit_score_value, credit_score_worst = excluded.credit_score_worst,
            credit_score_best = excluded.credit_score_best, credit_score_on = excluded.credit_score_on,
            content_digest = excluded.content_digest"
    );
    /// The credit scores of customers that are about to be replaced by later ones.
    KEEP_CREDIT_SCORES = concat!(listed!(), "INSERT INTO credit_score (tenant, customer_id, scored_on, value, worst, best)
        SELECT customer.tenant, customer.id, customer.credit_score_on, customer.credit_score_value,
            customer.credit_score_worst, customer.credit_score_best
        FROM listed CROSS JOIN customer
        WHERE customer.tenant = value ->> 'tenant' AND customer.id = value ->> 'id'
        AND customer.credit_score_on < value ->> 'credit_score_on' AND customer.credit_score_value IS NOT NULL
        AND customer.credit_score_worst IS NOT NULL AND customer.credit_score_best IS NOT NULL
        ON CONFLICT (tenant, customer_id, scored_on) DO UPDATE SET value = excluded.value, worst = excluded.worst,
            best = excluded.best");
    /// Customers that are not known, whether all is told of them or only the id; one that is known stays as it is.
    INSERT_CUSTOMER = insert_customer!(" ON CONFLICT DO NOTHING");
    /// Accounts, new or known.
    INSERT_ACCOUNT = insert!("account" ("customer_id" text, "currency" text) " ON CONFLICT DO NOTHING");
    /// Invoices.
    INSERT_INVOICE = insert!("invoice" (
        "id" text, "customer_id" text, "currency" text, "amount_minor" int, "issued_on" text, "due_on" text,
        "business_unit" text, "content_digest" text,
    ) " ON CONFLICT DO NOTHING");
    /// Payments.
    INSERT_PAYMENT = insert!("payment" (
        "id" text, "customer_id" text, "currency" text, "amount_minor" int, "received_on" text, "content_digest" text,
    ) " ON CONFLICT DO NOTHING");
    /// Credit notes.
    INSERT_CREDIT_NOTE = insert!("credit_note" (
        "id" text, "customer_id" text, "currency" text, "amount_minor" int, "issued_on" text, "content_digest" text,
    ) " ON CONFLICT DO NOTHING");
    /// Allocations of new payments and credit notes.
    INSERT_ALLOCATION = insert!("allocation" (
        "customer_id" text, "document" text, "document_id" text, "line_index" int, "invoice_id" text,
        "amount_minor" int,
    ) " ON CONFLICT DO NOTHING");
    /// Applications.
    INSERT_APPLICATION = insert!("application" (
        "id" text, "customer_id" text, "document" text, "document_id" text, "applied_on" text, "amount_minor" int,
        "allocations" text, "content_digest" text,
    ) " ON CONFLICT DO NOTHING");
    /// Reversals.
    INSERT_REVERSAL = insert!("reversal" (
        "id" text, "customer_id" text, "document" text, "document_id" text, "reversed_on" text, "content_digest" text,
    ) " ON CONFLICT DO NOTHING");
    /// Promises.
    INSERT_PROMISE = insert!("promise" (
        "id" text, "customer_id" text, "invoice_ids" text, "amount_minor" int, "currency" text, "made_on" text,
        "promised_on" text, "content_digest" text,
    ) " ON CONFLICT DO NOTHING");
    /// Contacts.
    INSERT_CONTACT = insert!("contact" (
        "id" text, "customer_id" text, "channel" text, "result" text, "user_id" text, "contacted_on" text, "note" text,
        "content_digest" text,
    ) " ON CONFLICT DO NOTHING");
    /// Holds, new or with their end.
    UPSERT_HOLD = concat!(
        insert!("hold" (
            "id" text, "customer_id" text, "invoice_ids" text, "kind" text, "from_on" text, "until_on" text,
            "content_digest" text,
        ) ""),
        " ON CONFLICT (tenant, customer_id, id) DO UPDATE SET until_on = excluded.until_on,
            content_digest = excluded.content_digest WHERE excluded.until_on IS NOT NULL"
    );
    /// Exchange rates.
    INSERT_FX_RATE = insert!("fx_rate" (
        "from_currency" text, "to_currency" text, "valid_on" text, "rate" text, "content_digest" text,
    ) " ON CONFLICT DO NOTHING");

    /// The customers of a list, of whom a part is to be changed.
    CUSTOMERS_TO_CHANGE = customers_named!();
    /// Digests of known customers.
    CUSTOMER_DIGESTS = digests!("customer");
    /// Digests of known invoices.
    INVOICE_DIGESTS = digests!("invoice");
    /// Digests of known payments.
    PAYMENT_DIGESTS = digests!("payment");
    /// Digests of known credit notes.
    CREDIT_NOTE_DIGESTS = digests!("credit_note");
    /// Digests of known promises.
    PROMISE_DIGESTS = digests!("promise");
    /// Digests of known contacts.
    CONTACT_DIGESTS = digests!("contact");
    /// Digests of known holds.
    HOLD_DIGESTS = digests!("hold");
    /// Digests of known applications.
    APPLICATION_DIGESTS = digests!("application");
    /// Digests of known reversals.
    REVERSAL_DIGESTS = digests!("reversal");
    /// The payments of a list, to which something happens.
    PAYMENTS_TO_SETTLE = documents_to_settle!("payment");
    /// The credit notes of a list, to which something happens.
    CREDIT_NOTES_TO_SETTLE = documents_to_settle!("credit_note");
    /// The payments of a list, with what became of them.
    PAYMENTS_NAMED = documents_named!("payment", "received_on");
    /// The credit notes of a list, with what became of them.
    CREDIT_NOTES_NAMED = documents_named!("credit_note", "issued_on");
    /// The payments whose ids begin as those that clear the invoices of a list, with their reversals. A day follows behind `/`, and `0`
    /// is the next character.
    CLEARINGS_NAMED = "SELECT value ->> 'id' AS invoice_id, payment.id, payment.received_on, payment.content_digest, reversal.reversed_on
        FROM json_each($2) CROSS JOIN payment
        LEFT JOIN reversal ON reversal.tenant = $1 AND reversal.document = 'payment' AND reversal.document_id = payment.id
        WHERE payment.tenant = $1 AND payment.id >= (value ->> 'id') || '/cleared' AND payment.id < (value ->> 'id') || '/cleared0'";
    /// Digests of known exchange rates, whose id is `FROM/TO/DATE`.
    FX_RATE_DIGESTS = "SELECT value ->> 'id', fx_rate.content_digest FROM json_each($2) CROSS JOIN fx_rate
        WHERE fx_rate.tenant = $1 AND fx_rate.from_currency = value ->> 'from' AND fx_rate.to_currency = value ->> 'to'
        AND fx_rate.valid_on = value ->> 'on'";
    /// Whose the invoices of a list are, and in which currency.
    INVOICE_OWNERS = "SELECT invoice.id, invoice.customer_id, invoice.currency, invoice.amount_minor FROM json_each($2) CROSS JOIN invoice
        WHERE invoice.tenant = $1 AND invoice.id = value ->> 'id'";

    /// A customer.
    CUSTOMER = concat!("SELECT ", customer_columns!(), " FROM customer WHERE tenant = $1 AND id = $2");
    /// What there is of a customer: their own row, how many disputes were opened, and whether there are disputes and
    /// accounts to read.
    CUSTOMER_OVERVIEW = concat!("SELECT ", customer_columns!(), ",
        (SELECT opened_count FROM dispute_opening WHERE tenant = $1 AND customer_id = $2) AS opened_count,
        (SELECT CAST(1 AS BIGINT) FROM dispute WHERE tenant = $1 AND customer_id = $2 LIMIT 1) AS has_disputes,
        (SELECT CAST(1 AS BIGINT) FROM account WHERE tenant = $1 AND customer_id = $2 LIMIT 1) AS has_accounts
        FROM (SELECT 1 AS one) AS asked LEFT JOIN customer ON customer.tenant = $1 AND customer.id = $2");
    /// The currencies of the customers of a list that have one account.
    SOLE_CURRENCIES = "SELECT account.customer_id, MIN(account.currency)
        FROM json_each($2) CROSS JOIN account
        WHERE account.tenant = $1 AND account.customer_id = value ->> 'id'
        GROUP BY account.customer_id HAVING COUNT(DISTINCT account.currency) = 1";
    /// The names of the customers of a list.
    CUSTOMER_NAMES = "SELECT customer.id, customer.name FROM json_each($2) CROSS JOIN customer
        WHERE customer.tenant = $1 AND customer.id = value ->> 'id'";
    /// The customers of a range of ids.
    CUSTOMERS_BETWEEN = concat!("SELECT ", customer_columns!(), " FROM customer
        WHERE tenant = $1 AND id >= $2 AND id <= $3");
    /// The earlier credit scores of the customers of a range of ids, by day.
    CREDIT_SCORES_BETWEEN = "SELECT customer_id, value, worst, best, scored_on FROM credit_score
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY customer_id, scored_on";
    /// The accounts of a customer.
    ACCOUNTS_OF = "SELECT customer_id, currency FROM account WHERE tenant = $1 AND customer_id = $2 ORDER BY currency";
    /// A page of accounts.
    ACCOUNTS_AFTER = "SELECT customer_id, currency FROM account
        WHERE tenant = $1 AND (customer_id, currency) > ($2, $3) ORDER BY customer_id, currency LIMIT CAST($4 AS BIGINT)";
    /// Invoices of a range of customers.
    INVOICES_BETWEEN = "SELECT customer_id, id, currency, amount_minor, issued_on, due_on, business_unit FROM invoice
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY customer_id, id";
    /// Payments of a range of customers.
    PAYMENTS_BETWEEN = "SELECT customer_id, id, currency, amount_minor, received_on AS dated_on FROM payment
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY customer_id, id";
    /// Credit notes of a range of customers.
    CREDIT_NOTES_BETWEEN = "SELECT customer_id, id, currency, amount_minor, issued_on AS dated_on FROM credit_note
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY customer_id, id";
    /// Allocations of a range of customers.
    ALLOCATIONS_BETWEEN = "SELECT document, document_id, invoice_id, amount_minor FROM allocation
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3
        ORDER BY customer_id, document, document_id, line_index";
    /// What became of payments and credit notes of a range of customers: applications, and reversals, which have no allocations.
    LATER_CHANGES_BETWEEN = "SELECT document, document_id, id, applied_on AS changed_on, allocations FROM application
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3
        UNION ALL SELECT document, document_id, id, reversed_on, NULL FROM reversal
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY 3";
    /// Promises of a range of customers.
    PROMISES_BETWEEN = "SELECT customer_id, id, invoice_ids, amount_minor, currency, made_on, promised_on FROM promise
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY customer_id, id";
    /// Contacts of a range of customers.
    CONTACTS_BETWEEN = "SELECT customer_id, id, result, contacted_on FROM contact
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY customer_id, id";
    /// Holds of a range of customers.
    HOLDS_BETWEEN = "SELECT customer_id, id, invoice_ids, kind, from_on, until_on FROM hold
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY customer_id, id";
    /// Disputes of a range of customers.
    DISPUTES_BETWEEN = "SELECT customer_id, id, invoice_ids, contested_minor, contested_currency, opened_on, is_open,
        resolution, resolved_on, credited_minor, credited_currency, past_decisions, past_details, voided_on, updated_at_us FROM dispute
        WHERE tenant = $1 AND customer_id >= $2 AND customer_id <= $3 ORDER BY customer_id, id";
    /// The currencies of accounts, of yearly revenues and of contested amounts.
    CURRENCIES = "SELECT currency FROM account WHERE tenant = $1
        UNION SELECT annual_revenue_currency FROM customer WHERE tenant = $1 AND annual_revenue_currency IS NOT NULL
        UNION SELECT contested_currency FROM dispute WHERE tenant = $1 AND contested_currency IS NOT NULL
        ORDER BY 1";
    /// The latest rates on or before a day of the pairs of a list.
    FX_RATES = "SELECT fx_rate.from_currency, fx_rate.to_currency, fx_rate.valid_on, fx_rate.rate
        FROM json_each($2) CROSS JOIN fx_rate
        WHERE fx_rate.tenant = $1 AND fx_rate.from_currency = value ->> 'from' AND fx_rate.to_currency = value ->> 'to'
        AND fx_rate.valid_on = (SELECT MAX(latest.valid_on) FROM fx_rate AS latest
            WHERE latest.tenant = $1 AND latest.from_currency = value ->> 'from'
            AND latest.to_currency = value ->> 'to' AND latest.valid_on <= $3)";
}

/// SQL texts that only PostgreSQL knows: rows stay locked until the transaction ends.
pub mod locking {
    statements! {
        /// The customers of a list, of whom a part is to be changed, locked in one order.
        CUSTOMERS_TO_CHANGE = concat!(customers_named!(), " ORDER BY customer.id FOR UPDATE OF customer");
        /// The payments of a list, to which something happens, locked in one order.
        PAYMENTS_TO_SETTLE =
            concat!(documents_to_settle!("payment"), " ORDER BY payment.id FOR UPDATE OF payment");
        /// The credit notes of a list, to which something happens, locked in one order.
        CREDIT_NOTES_TO_SETTLE =
            concat!(documents_to_settle!("credit_note"), " ORDER BY credit_note.id FOR UPDATE OF credit_note");
    }
}
