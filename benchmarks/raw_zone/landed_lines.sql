-- Records as senders send them: of a thousand, a few dozen odd in form, a few broken.
-- `sent` is what a sender means: place, InvoiceNo, StockCode, Description, Quantity, InvoiceDate,
-- UnitPrice, customer, Country, InvoiceLine, received_at, dice (0 to 999,999, by the record).
CREATE OR REPLACE TEMP MACRO landed_line(sent) AS (
    CASE
        WHEN sent.dice >= 3000 AND sent.dice < 3100 THEN 'no JSON at all'
        WHEN sent.dice >= 3100 AND sent.dice < 3200 THEN '[1, 2]'
        WHEN sent.dice >= 3200 AND sent.dice < 3300 THEN '{"InvoiceNo": "5363'
        ELSE replace(CAST(to_json({
            'InvoiceNo': CASE
                WHEN sent.dice < 100 THEN ''
                WHEN sent.dice < 200 THEN repeat('5', 30)
                WHEN sent.dice >= 10000 AND sent.dice < 12000 THEN '  ' || lower(sent.InvoiceNo)
                ELSE sent.InvoiceNo END,
            'StockCode': CASE
                WHEN sent.dice BETWEEN 200 AND 299 THEN ' '
                WHEN sent.dice BETWEEN 300 AND 399 THEN repeat('9', 40)
                WHEN sent.dice >= 12000 AND sent.dice < 14000 THEN lower(sent.StockCode) || ' '
                ELSE sent.StockCode END,
            'Description': CASE
                WHEN sent.dice BETWEEN 400 AND 499 THEN 'NUL ' || chr(0) || ' INSIDE'
                WHEN sent.dice BETWEEN 500 AND 599 THEN repeat('LONG ', 120)
                WHEN sent.dice >= 14000 AND sent.dice < 16000
                    THEN chr(160) || 'CAFÉ  ' || chr(9) || sent.Description || chr(8195)
                WHEN sent.dice >= 16000 AND sent.dice < 18000 THEN 'SAYS "' || sent.Description || '"'
                ELSE coalesce(sent.Description, '') END,
            'Quantity': CASE
                WHEN sent.dice BETWEEN 600 AND 699 THEN 'six'
                WHEN sent.dice BETWEEN 700 AND 799 THEN '0'
                WHEN sent.dice BETWEEN 800 AND 899 THEN '2.5'
                WHEN sent.dice BETWEEN 900 AND 999 THEN '99999999999'
                WHEN sent.dice BETWEEN 1000 AND 1099 THEN ''
                WHEN sent.dice >= 18000 AND sent.dice < 20000 THEN sent.Quantity || '.0'
                WHEN sent.dice >= 20000 AND sent.dice < 21000 THEN sent.Quantity || '0e-1'
                ELSE CAST(sent.Quantity AS VARCHAR) END,
            'InvoiceDate': CASE
                WHEN sent.dice BETWEEN 1100 AND 1199 THEN '2/30/2011 10:00'
                WHEN sent.dice BETWEEN 1200 AND 1299 THEN '31.12.2010 10:00'
                WHEN sent.dice BETWEEN 1300 AND 1399 THEN '1/1/2999 8:26'
                WHEN sent.dice BETWEEN 1400 AND 1499 THEN '1/1/1900 0:00'
                WHEN sent.dice BETWEEN 1500 AND 1599 THEN ''
                WHEN sent.dice BETWEEN 1600 AND 1699 THEN '12/1/10 8:26'
                WHEN sent.dice >= 22000 AND sent.dice < 24000
                    THEN strftime(strptime(sent.InvoiceDate, '%m/%d/%Y %H:%M'), '%Y-%m-%dT%H:%M:%SZ')
                WHEN sent.dice >= 24000 AND sent.dice < 26000
                    THEN strftime(strptime(sent.InvoiceDate, '%m/%d/%Y %H:%M'), '%Y-%m-%dT%H:%M:%S.25+01:00')
                WHEN sent.dice >= 26000 AND sent.dice < 27000
                    THEN strftime(strptime(sent.InvoiceDate, '%m/%d/%Y %H:%M'), '%Y-%m-%d %H:%M-0530')
                WHEN sent.dice >= 27000 AND sent.dice < 28000 THEN sent.InvoiceDate || ':30'
                ELSE sent.InvoiceDate END,
            'UnitPrice': CASE
                WHEN sent.dice BETWEEN 1700 AND 1799 THEN '2.55001'
                WHEN sent.dice BETWEEN 1800 AND 1899 THEN '£2.55'
                WHEN sent.dice BETWEEN 1900 AND 1999 THEN '12345678.9'
                WHEN sent.dice BETWEEN 2000 AND 2099 THEN '1e400'
                WHEN sent.dice >= 28000 AND sent.dice < 30000 THEN ' +' || sent.UnitPrice
                WHEN sent.dice >= 30000 AND sent.dice < 31000 THEN sent.UnitPrice || 'e0'
                ELSE sent.UnitPrice END,
            'CustomerID': CASE
                WHEN sent.dice BETWEEN 2100 AND 2199 THEN 'ANONYMOUS'
                WHEN sent.dice BETWEEN 2200 AND 2299 THEN '17850.5'
                WHEN sent.dice >= 32000 AND sent.dice < 36000 THEN sent.customer || '.0'
                ELSE CAST(sent.customer AS VARCHAR) END,
            'Country': CASE
                WHEN sent.dice BETWEEN 2300 AND 2399 THEN ''
                WHEN sent.dice BETWEEN 2400 AND 2499 THEN repeat('U', 80)
                ELSE sent.Country END,
            'InvoiceLine': CASE
                WHEN sent.dice BETWEEN 2500 AND 2599 THEN '-1'
                WHEN sent.dice >= 36000 AND sent.dice < 38000 THEN NULL
                ELSE CAST(sent.InvoiceLine AS VARCHAR) END,
            'EventId': CASE
                WHEN sent.dice >= 38000 AND sent.dice < 40000 THEN 'order ' || sent.place END,
            'received_at': strftime(sent.received_at, '%Y-%m-%dT%H:%M:%S.%g') || 'Z',
            'request_id': md5(CAST(sent.place // 500 AS VARCHAR)),
            'request_position': sent.place % 500
        }) AS VARCHAR), ',"EventId":null', '')
    END
);
