-- What senders mean, in the order in which it happened.
-- `first_sent`: each line sold, in every copy with invoice numbers and customers of its own; a last
-- number of each step stays free for invoices that come late.
CREATE OR REPLACE TEMP MACRO first_sent(copies, from_place, to_place) AS TABLE
    SELECT
        place * copies + copy AS place,
        prefix || (number_at_0 + (number - number_at_0) * (copies + 1) + copy) AS InvoiceNo,
        StockCode, Description, Quantity, InvoiceDate, UnitPrice,
        customer + 1000000 * copy AS customer,
        Country, InvoiceLine,
        CAST(hash(place, copy) % 1000000 AS INTEGER) AS dice
    FROM sold_lines,
        (SELECT unnest(range(copies)) AS copy),
        (SELECT min(number) AS number_at_0 FROM sold_lines)
    WHERE place BETWEEN from_place // copies AND to_place // copies
        AND place * copies + copy BETWEEN from_place AND to_place;

-- Of a thousand records three come twice and two are corrected, one in ten of these into the month
-- before. Some corrections name the same time as what they correct: then the hash decides.
CREATE OR REPLACE TEMP MACRO sent_again(copies, from_place, to_place) AS TABLE
    WITH chosen AS (
        SELECT *, hash(place, 'again') % 1000 AS fate, hash(place, 'change') % 10 AS change
        FROM first_sent(copies, from_place, to_place)
    )
    SELECT
        place, InvoiceNo, StockCode, Description,
        CASE WHEN fate < 3 THEN Quantity WHEN Quantity = -1 THEN 1 ELSE Quantity + 1 END AS Quantity,
        CASE WHEN fate < 3 OR change > 0 THEN InvoiceDate
            ELSE strftime(
                strptime(InvoiceDate, '%m/%d/%Y %H:%M') - INTERVAL 1 MONTH, '%-m/%-d/%Y %-H:%M')
            END AS InvoiceDate,
        UnitPrice, customer, Country, InvoiceLine, dice, change = 1 AS at_once
    FROM chosen
    WHERE fate < 5;

-- A later batch: of a hundred rows 95 are of new invoices of the last day, 5 of late invoices of the
-- older months; and a few of the history come again, 95 of a hundred from its newest month.
CREATE OR REPLACE TEMP MACRO sent_later(copies, batch, batch_rows) AS TABLE
    WITH facts AS (
        SELECT
            min(number) AS number_at_0, max(number) AS last_number, count(*) AS lines,
            max(strptime(InvoiceDate, '%m/%d/%Y %H:%M')) AS last_moment
        FROM sold_lines
    ),
    dated AS (
        SELECT *, strptime(InvoiceDate, '%m/%d/%Y %H:%M') >= date_trunc('month', last_moment)
            AS is_newest
        FROM sold_lines, facts
    ),
    new_invoices AS (
        SELECT
            place + lines * copies * (batch + 1) AS place,
            prefix || (number_at_0 + (last_number - number_at_0 + 1) * (copies + 1)
                + (last_number - number_at_0 + 1) * batch + number - number_at_0) AS InvoiceNo,
            strftime(last_moment, '%-m/%-d/%Y ') || split_part(InvoiceDate, ' ', 2) AS InvoiceDate,
            0 AS copy, * EXCLUDE (place, InvoiceDate)
        FROM dated
        WHERE place >= CAST(batch_rows * 0.95 AS BIGINT) * batch % lines
            AND place < CAST(batch_rows * 0.95 AS BIGINT) * batch % lines
                + CAST(batch_rows * 0.95 AS BIGINT)
    ),
    late_invoices AS (
        SELECT
            place + lines * copies * (batch + 1000) AS place,
            prefix || (number_at_0 + (number - number_at_0) * (copies + 1) + copies) AS InvoiceNo,
            InvoiceDate, copies AS copy, * EXCLUDE (place, InvoiceDate)
        FROM dated
        WHERE NOT is_newest
            AND hash(number) % greatest(lines // (batch_rows // 20 + 1), 1) = batch
    ),
    invoices AS (FROM new_invoices UNION ALL BY NAME FROM late_invoices),
    known AS (
        SELECT *, hash(place, batch, 'later') % 1000000 AS chance FROM dated
    ),
    repeated AS (
        SELECT
            place * copies AS place,
            prefix || (number_at_0 + (number - number_at_0) * (copies + 1)) AS InvoiceNo,
            hash(place, batch) % 5 < 3 AS is_equal, * EXCLUDE (place)
        FROM known
        WHERE chance < 5000.0 * batch_rows
            * CASE WHEN is_newest THEN 0.95 * 9 ELSE 0.05 * 1.1 END / lines
    )
    SELECT
        place, InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice,
        customer + 1000000 * copy AS customer, Country, InvoiceLine,
        CAST(hash(place, 'later') % 1000000 AS INTEGER) AS dice
    FROM invoices
    UNION ALL
    SELECT
        place, InvoiceNo, StockCode, Description,
        CASE WHEN is_equal THEN Quantity WHEN Quantity = -1 THEN 1 ELSE Quantity + 1 END,
        InvoiceDate, UnitPrice, customer, Country, InvoiceLine,
        CAST(hash(place // copies, 0) % 1000000 AS INTEGER)
    FROM repeated;
