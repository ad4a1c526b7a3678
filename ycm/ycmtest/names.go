package ycmtest

var (
	places     = []string{"harbour", "glen", "alder", "aspen", "barrow", "beacon", "birch", "black", "copper", "dover", "eagle", "elm", "fern", "fox", "grey", "hazel", "holly", "ivy", "kings", "lake", "linden", "maple", "mill", "north", "oak", "pine", "quill", "raven", "rose", "silver", "stone", "thorn", "west", "willow", "winter"}
	endings    = []string{"light", "marsh", "field", "holt", "ford", "fell", "moor", "row", "bridge", "mere", "cote", "brook", "court", "wick", "gate", "side", "view", "ton"}
	trades     = []string{"Dental Group", "Care Home", "Legal Partners", "Solicitors", "Physiotherapy", "Surgery", "Logistics", "Estates", "Chambers", "Hotels", "Motors", "Academy", "Clinic", "Foods", "Engineering", "Insurance", "Travel", "Supplies", "Municipal Works", "Brewery"}
	groups     = []string{"Care", "Legal", "Logistics", "Retail", "Hospitality", "Public sector", "commercial PCE"}
	firstNames = []string{"Mattis", "Leila", "Tomo", "Priya", "Wayne", "Jane", "Ines", "Oskar", "Amara", "Jonas"}
	lastNames  = []string{"Varga", "Brandvold", "Achterberg", "Solheim", "William", "Smith", "Okonjo", "Lindqvist", "Diallo", "Weber"}
	creators   = []map[string]any{
		{"firstName": "Mattis", "lastName": "Varga", "email": "mattis.varga@example.com"},
		{"firstName": "Leila", "lastName": "Brandvold", "email": "leila.brandvold@example.com"},
		{"firstName": "Tomo", "lastName": "Achterberg", "email": "tomo.achterberg@example.com"},
		{"firstName": "Priya", "lastName": "Solheim", "email": "priya.solheim@example.com"},
	}
)
