"""`etl tableau`: data sources and a workbook for Tableau, made from the warehouse's own views."""
