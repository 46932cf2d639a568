-- The warehouse's first form: the facts, their dimensions and the position of what is loaded.

CREATE TABLE retail.fact_sales (
    event_id         VARCHAR(640)  NOT NULL, -- lengths are bytes: four for each character allowed
    invoice_no       VARCHAR(80)   NOT NULL,
    invoice_line     INTEGER,
    stock_code       VARCHAR(128)  NOT NULL,
    description      VARCHAR(2000),
    quantity         INTEGER       NOT NULL,
    invoice_ts       TIMESTAMP     NOT NULL,
    date_key         INTEGER       NOT NULL, -- yyyymmdd, joins dim_date
    unit_price       DECIMAL(12,4) NOT NULL,
    customer_id      BIGINT,                 -- null for guests
    country          VARCHAR(256)  NOT NULL,
    line_amount      DECIMAL(18,4) NOT NULL,
    transaction_type VARCHAR(16)   NOT NULL,
    is_product       BOOLEAN       NOT NULL
)
DISTKEY (invoice_no) -- a load deletes and inserts whole invoices
SORTKEY (invoice_ts);

CREATE TABLE retail.dim_customer (
    customer_id    BIGINT       NOT NULL,
    country        VARCHAR(256) NOT NULL, -- of the latest line
    first_purchase TIMESTAMP,             -- null while there is no sale
    last_purchase  TIMESTAMP
)
DISTSTYLE ALL SORTKEY (customer_id);

CREATE TABLE retail.dim_product (
    stock_code  VARCHAR(128)  NOT NULL,
    description VARCHAR(2000),          -- the latest that a sale had, else the latest of all
    is_product  BOOLEAN       NOT NULL
)
DISTSTYLE ALL SORTKEY (stock_code);

CREATE TABLE retail.dim_date (
    date_key     INTEGER     NOT NULL,
    calendar_day DATE        NOT NULL,
    year         SMALLINT    NOT NULL,
    quarter      SMALLINT    NOT NULL,
    month        SMALLINT    NOT NULL,
    day          SMALLINT    NOT NULL,
    weekday      SMALLINT    NOT NULL -- 0 is Sunday
)
DISTSTYLE ALL SORTKEY (calendar_day);

-- Whoever may log in may read: IAM decides who may (redshift-serverless:GetCredentials on the
-- workgroup), and the namespace holds nothing else. Granted once, so that a REVOKE stays.
GRANT USAGE ON SCHEMA retail TO PUBLIC;

GRANT SELECT ON ALL TABLES IN SCHEMA retail TO PUBLIC;

ALTER DEFAULT PRIVILEGES IN SCHEMA retail GRANT SELECT ON TABLES TO PUBLIC;
